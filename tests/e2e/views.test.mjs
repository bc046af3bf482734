// The linked views: selections filter each other, chips take them away, a profile shows one source.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { analyse, count, download, ended, id, isDrawn, start, visit } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

const onPage = (options, body) => visit(site, options, body);

/** 400 sessions of five sources in two networks, one every ten minutes; the planted ones come from 10.0.1.9 in DE. */
const LOG = "creation_time,src_ip,src_ip_country_code,bytes_in,bytes_out,dst_ip,dst_port\n" + Array.from({ length: 400 }, (_, i) => {
  const odd = i % 40 === 39;
  const time = new Date(Date.UTC(2024, 3, 25) + i * 600_000).toISOString().replace(".000", "");
  const source = odd ? "10.0.1.9" : `10.0.0.${1 + (i % 4)}`;
  return [time, source, odd ? "DE" : ["US", "FR"][i % 2], odd ? 900_000 + i : 1000 + ((i * 37) % 91), odd ? 700_000 + i : 500 + ((i * 17) % 53), "192.0.2.1", odd ? 8443 : 443].join(",");
}).join("\n") + "\n";

const totals = (page) => id(page, "filter-totals").innerText();

const totalsAre = (page, wanted) => page.waitForFunction(
  (wanted) => document.querySelector('[data-testid="filter-totals"]').textContent.startsWith(wanted), wanted);

const openLog = async (page) => assert.equal(await analyse(page, "log.csv", LOG), "ready");

/** The card of the groups of a column. */
const card = (page, title) => page.getByRole("region", { name: title, exact: true }).and(page.locator("section"));

/** The button that selects a value. */
const value = (page, title, name) => card(page, title).getByRole("button", { name, exact: true });

describe("filters", () => {
  test("a group filters the other views, a second one adds to it, Escape clears", () => onPage({}, async (page) => {
    await openLog(page);
    assert.equal(await totals(page), "400 of 400 sessions, 20 suspicious");
    await value(page, "By country", "DE").click();
    await totalsAre(page, "10 of 400 sessions");
    assert.equal(await id(page, "chip").count(), 1);
    assert.equal(await value(page, "By country", "DE").getAttribute("aria-pressed"), "true");
    assert.equal(await value(page, "By country", "FR").count(), 1, "the view itself goes on showing its other values");
    assert.equal(await value(page, "By source IP", "10.0.0.1").count(), 0, "another view shows what is left");
    assert.equal(await value(page, "By source IP", "10.0.1.9").count(), 1);
    assert.match(await id(page, "chart-scatter").getAttribute("aria-label"), /suspicious: 10\.|Suspicious: 10\./i);
    await value(page, "By country", "FR").click();
    await totalsAre(page, "200 of 400");
    assert.match(await id(page, "chip").innerText(), /src_ip_country_code is DE or FR/);
    await page.keyboard.press("Escape");
    await totalsAre(page, "400 of 400");
    assert.equal(await id(page, "chip").count(), 0);
  }));

  test("chips are removed by key, and the focus stays near", () => onPage({}, async (page) => {
    await openLog(page);
    await value(page, "By country", "US").focus();
    await page.keyboard.press("Enter");
    await totalsAre(page, "200 of 400");
    assert.ok(await value(page, "By country", "US").evaluate((button) => button === document.activeElement), "the focus stays");
    await value(page, "By source IP", "10.0.0.1").click();
    await totalsAre(page, "100 of 400");
    await id(page, "chip").nth(0).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="chip"]').length === 1);
    await page.waitForFunction(() => document.activeElement?.dataset.testid === "chip");
    await page.keyboard.press("Enter");
    await totalsAre(page, "400 of 400");
    await page.waitForFunction(() => document.activeElement?.dataset.testid === "filters");
  }));

  test("Escape in a field clears nothing", () => onPage({}, async (page) => {
    await openLog(page);
    await value(page, "By country", "DE").click();
    await totalsAre(page, "10 of 400");
    await id(page, "threshold-top").focus();
    await page.keyboard.press("Escape");
    await page.waitForTimeout(200);
    assert.equal(await id(page, "chip").count(), 1);
    await id(page, "clear-filters").click();
    await totalsAre(page, "400 of 400");
  }));

  test("sources are grouped by network", () => onPage({}, async (page) => {
    await openLog(page);
    await id(page, "sources-by").selectOption("24");
    await value(page, "By source IP", "10.0.1.0/24").click();
    await totalsAre(page, "10 of 400");
    assert.match(await id(page, "chip").innerText(), /src_ip in 10\.0\.1\.0\/24/);
    await value(page, "By source IP", "10.0.0.0/24").click();
    await totalsAre(page, "400 of 400");
    assert.match(await id(page, "chip").innerText(), /src_ip in 10\.0\.1\.0\/24 or 10\.0\.0\.0\/24/);
    await value(page, "By source IP", "10.0.1.0/24").click();
    await totalsAre(page, "390 of 400");
  }));

  test("a filter stays through a change of the threshold, and goes with the file", () => onPage({}, async (page) => {
    await openLog(page);
    await value(page, "By country", "DE").click();
    await totalsAre(page, "10 of 400");
    await id(page, "threshold-top").fill("4");
    await id(page, "threshold-top").press("Enter");
    await totalsAre(page, "10 of 400 sessions, 4 suspicious");
    await id(page, "try-sample").click();
    assert.equal(await ended(page), "ready");
    assert.equal(await id(page, "chip").count(), 0);
  }));
});

describe("groups", () => {
  test("every heading orders them, both ways", () => onPage({}, async (page) => {
    await openLog(page);
    const names = () => card(page, "By source IP").locator("tbody .group-name").allInnerTexts();
    const sort = (name) => card(page, "By source IP").getByRole("columnheader", { name }).getByRole("button").click();
    await sort("Value");
    assert.deepEqual(await names(), ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.1.9"]);
    await sort("Value");
    assert.equal((await names())[0], "10.0.1.9");
    await sort("Sessions");
    assert.equal((await names()).at(-1), "10.0.1.9");
    await sort("Share");
    assert.equal((await names())[0], "10.0.1.9");
    assert.equal(await card(page, "By source IP").getByRole("columnheader", { name: "Share" }).getAttribute("aria-sort"), "descending");
  }));
});

describe("the profile", () => {
  test("of a source shows its sessions, and the focus goes back", () => onPage({}, async (page) => {
    await openLog(page);
    const button = card(page, "By source IP").getByRole("button", { name: "Profile of 10.0.1.9" });
    await button.click();
    const facts = id(page, "profile-facts");
    await facts.waitFor();
    const text = await facts.innerText();
    assert.match(text, /Sessions\s+10/);
    assert.match(text, /First seen\s+2024-04-25 06:30 UTC/);
    assert.match(text, /Last seen\s+2024-04-27 18:30 UTC/);
    await page.waitForFunction(() => document.querySelector('[data-testid="chart-profile"]')?.width > 300);
    await page.waitForTimeout(300);
    await isDrawn(page, "chart-profile", 500);
    assert.ok(await page.evaluate(() => document.querySelector("[data-testid=profile-dialog]").contains(document.activeElement)));
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("[data-testid=profile-dialog]"));
    assert.ok(await button.evaluate((element) => element === document.activeElement));
    await button.click();
    await id(page, "profile-filter").click();
    await totalsAre(page, "10 of 400");
  }));
});

describe("profiles and the allow-list", () => {
  const dialogGone = (page) => page.waitForFunction(() => !document.querySelector("[data-testid=profile-dialog]"));

  test("a profile opens from the flows and from a row's details by key, and gives the focus back", () => onPage({}, async (page) => {
    await openLog(page);
    const ends = page.locator(".ends");
    await ends.locator("summary").focus();
    await page.keyboard.press("Enter");
    const end = ends.getByRole("button", { name: "Profile of 10.0.1.9, src_ip", exact: true });
    await end.focus();
    await page.keyboard.press("Enter");
    await id(page, "profile-facts").waitFor();
    assert.match(await id(page, "profile-facts").innerText(), /Sessions\s+10/);
    await page.waitForFunction(() => document.querySelector('[data-testid="chart-profile-hours"]')?.width > 200);
    await page.waitForTimeout(300);
    await isDrawn(page, "chart-profile-hours", 500);
    assert.match(await id(page, "chart-profile-hours").getAttribute("aria-label"), /10 sessions|Sessions: 10|10/);
    await page.keyboard.press("Escape");
    await dialogGone(page);
    assert.ok(await end.evaluate((element) => element === document.activeElement));
    await page.locator('[data-testid="flagged-table"] tr[aria-rowindex="2"]').click();
    const link = id(page, "details-profile").filter({ hasText: "DE" });
    await link.focus();
    await page.keyboard.press("Enter");
    await id(page, "profile-facts").waitFor();
    assert.match(await id(page, "profile-dialog").innerText(), /src_ip_country_code: DE/);
    await page.keyboard.press("Escape");
    await dialogGone(page);
    assert.ok(await link.evaluate((element) => element === document.activeElement));
  }));

  test("a group is marked as known, and its sessions are drawn as such", () => onPage({}, async (page) => {
    await openLog(page);
    const mark = (name) => card(page, "By source IP").getByRole("button", { name: `Mark ${name} as known`, exact: true });
    await mark("10.0.1.9").click();
    assert.deepEqual([await id(page, "known-kind").inputValue(), await id(page, "known-value").inputValue()], ["source", "10.0.1.9"]);
    await page.keyboard.press("Escape");
    assert.ok(await mark("10.0.1.9").evaluate((button) => button === document.activeElement), "the focus comes back");
    await id(page, "sources-by").selectOption("24");
    await mark("10.0.1.0/24").click();
    assert.deepEqual([await id(page, "known-kind").inputValue(), await id(page, "known-value").inputValue()], ["network", "10.0.1.0/24"]);
    await page.keyboard.type("ours");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /suspicious: 10; known: 10\.$/.test(document.querySelector('[data-testid="chart-scatter"]').getAttribute("aria-label")));
    const data = page.getByRole("region", { name: "Scatter plot", exact: true }).and(page.locator("section")).locator(".data");
    await data.locator("summary").click();
    await data.locator("tbody th", { hasText: "Known" }).first().waitFor();
    assert.equal(await card(page, "By country").getByRole("button", { name: /^Mark/ }).count(), 0, "countries cannot be known");
  }));
});

/** Points inside of the layer above a chart, as shares of its width and height. */
async function layer(page, name) {
  const element = id(page, name);
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  return (x, y) => [box.x + x * box.width, box.y + y * box.height];
}

async function drag(page, from, to) {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up();
}

const filtered = (page) => page.waitForFunction(
  () => /^[\d,]+/.exec(document.querySelector('[data-testid="filter-totals"]').textContent)[0] !== "400");

describe("the timeline", () => {
  test("a drag and the keyboard select a period", () => onPage({}, async (page) => {
    await openLog(page);
    const at = await layer(page, "live-timeline");
    await drag(page, at(0.3, 0.5), at(0.5, 0.5));
    await filtered(page);
    assert.match(await id(page, "chip").innerText(), /^2024-04-2\d \d\d:\d\d to .*UTC/);
    await id(page, "live-timeline").focus();
    await page.keyboard.press("Escape");
    await totalsAre(page, "400 of 400");
    for (const key of ["ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
    await filtered(page);
    assert.match(await id(page, "live-timeline-readout").textContent(), /Sessions: \d+/);
    const one = await totals(page);
    await page.keyboard.press("Shift+ArrowRight");
    await page.waitForFunction((one) => document.querySelector('[data-testid="filter-totals"]').textContent !== one, one);
    assert.equal(await id(page, "chip").count(), 1, "a longer period takes the place of the first");
  }));

  test("the length of a bucket can be chosen", () => onPage({}, async (page) => {
    await openLog(page);
    await id(page, "timeline-bucket").selectOption({ label: "1 day" });
    await id(page, "live-timeline").focus();
    await page.waitForTimeout(500);
    await page.keyboard.press("ArrowRight");
    assert.match(await id(page, "live-timeline-readout").textContent(), /2024-04-25 00:00.*2024-04-26 00:00.*Sessions: 144/);
  }));
});

describe("the scatter plot", () => {
  test("a box selects, and Escape gives it up", () => onPage({}, async (page) => {
    await openLog(page);
    const at = await layer(page, "live-scatter");
    await drag(page, at(0.6, 0.05), at(0.97, 0.6));
    await totalsAre(page, "10 of 400 sessions, 10 suspicious");
    assert.equal(await id(page, "chip").count(), 2, "one for each axis");
    await id(page, "live-scatter").focus();
    await page.keyboard.press("Escape");
    await totalsAre(page, "400 of 400");
  }));

  test("keys go from mark to mark, zoom, and open the row", () => onPage({}, async (page) => {
    await openLog(page);
    await id(page, "live-scatter").focus();
    await page.keyboard.press("ArrowRight");
    const first = await id(page, "live-scatter-readout").textContent();
    assert.match(first, /^(Normal|Suspicious), /);
    for (const key of ["ArrowRight", "ArrowRight", "ArrowUp"]) await page.keyboard.press(key);
    assert.notEqual(await id(page, "live-scatter-readout").textContent(), first);
    assert.ok(await id(page, "scatter-reset").isDisabled());
    await page.keyboard.press("+");
    await page.waitForFunction(() => !document.querySelector('[data-testid="scatter-reset"]').disabled);
    await page.keyboard.press("0");
    await page.waitForFunction(() => document.querySelector('[data-testid="scatter-reset"]').disabled);
    await page.keyboard.press("Enter");
    await id(page, "details").waitFor();
  }));

  test("any two columns, each on its own scale", () => onPage({}, async (page) => {
    await openLog(page);
    await id(page, "scatter-x").selectOption("score");
    await page.waitForFunction(() => /against score/i.test(document.querySelector('[data-testid="chart-scatter"]').getAttribute("aria-label")));
    await id(page, "scatter-y-log").check();
    await page.waitForTimeout(300);
    await isDrawn(page, "chart-scatter", 500);
    const { name, bytes } = await download(page, "download-chart");
    assert.equal(name, "isolog_scatter.svg");
    assert.match(bytes.toString(), /Score \(lower is more suspicious\)[^]*Bytes out \(bytes, log scale\)/, "saved as it is looked at");
  }));
});

describe("the scores", () => {
  test("a drag beside the threshold selects scores, and so do keys; the histogram follows other filters", () => onPage({}, async (page) => {
    await openLog(page);
    const threshold = await id(page, "threshold").innerText();
    const at = await layer(page, "live-scores");
    await drag(page, at(0.93, 0.5), at(0.8, 0.5));
    await filtered(page);
    assert.match(await id(page, "chip").innerText(), /^score from −0\.\d+ to −0\.\d+/);
    assert.equal(await id(page, "threshold").innerText(), threshold, "the threshold stays");
    assert.match(await id(page, "chart-scores").getAttribute("aria-label"), /Sessions: 400;/, "the view itself shows all scores");
    await page.mouse.move(0, 0);
    await id(page, "live-scores").focus();
    await page.keyboard.press("Escape");
    await totalsAre(page, "400 of 400");
    await page.keyboard.press("ArrowRight");
    assert.match(await id(page, "live-scores-readout").textContent(), /^Score .*, Normal: 0, Suspicious: \d+$/);
    const n = Number(/Suspicious: (\d+)$/.exec(await id(page, "live-scores-readout").textContent())[1]);
    await page.keyboard.press("Enter");
    await totalsAre(page, `${n} of 400 sessions, ${n} suspicious`);
    await page.keyboard.press("Escape");
    await value(page, "By country", "DE").click();
    await totalsAre(page, "10 of 400");
    await page.waitForFunction(() => /Sessions: 10;/.test(document.querySelector('[data-testid="chart-scores"]').getAttribute("aria-label")));
  }));
});

describe("distributions, hours and flows", () => {
  test("each filters by key, and keeps showing what it selects from", () => onPage({}, async (page) => {
    await openLog(page);
    await page.waitForFunction(() => document.querySelector('[data-testid="chart-heatmap"]')?.getAttribute("aria-label").length > 40);
    for (const name of ["live-heatmap", "live-distribution-0"]) {
      await id(page, name).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await filtered(page);
      assert.equal(await id(page, "chip").count(), 1, name);
      await page.keyboard.press("Enter");
      await totalsAre(page, "400 of 400");
    }
    await id(page, "live-flows").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await filtered(page);
    await page.keyboard.press("Escape");
    await totalsAre(page, "400 of 400");
  }));

  test("every chart gives its data as a table", () => onPage({}, async (page) => {
    await openLog(page);
    await page.waitForFunction(() => document.querySelector('[data-testid="chart-heatmap"]')?.getAttribute("aria-label").length > 40);
    const summaries = page.locator(".data > summary");
    const n = await summaries.count();
    assert.ok(n >= 6, `${n} charts`);
    for (let i = 0; i < n; i += 1) await summaries.nth(i).click();
    await page.waitForFunction((n) => document.querySelectorAll(".data table tbody tr").length > n
      && !document.querySelector(".data:not(:has(table))"), n);
  }));
});

describe("the layout", () => {
  test("no view scrolls sideways on a phone, and two stand side by side on a wide screen", () => onPage({}, async (page) => {
    await openLog(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.waitForTimeout(300);
    const [left, right] = [await id(page, "chart-timeline").boundingBox(), await id(page, "chart-heatmap").boundingBox()];
    assert.ok(right.x >= left.x + left.width);
  }));
});

describe("data tables", () => {
  test("none reaches beyond its card or over another one", () => onPage({}, async (page) => {
    await openLog(page);
    const summaries = page.locator(".data > summary");
    for (let i = 0; i < await summaries.count(); i += 1) await summaries.nth(i).click();
    for (const width of [390, 1280, 1600]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(500);
      const faults = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll(".data-box")].map((box) => [box, box.getBoundingClientRect()]);
        const beyond = boxes.filter(([box, { left, right, bottom }]) => {
          const card = box.closest(".card").getBoundingClientRect();
          return left < card.left || right > card.right || bottom > card.bottom;
        });
        const over = boxes.filter(([, a], i) => boxes.slice(i + 1).some(([, b]) =>
          a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
        return [beyond.length, over.length];
      });
      assert.deepEqual(faults, [0, 0], `at ${width} px`);
    }
  }));
});

describe("names that hide what they are", () => {
  test("are shown by their codes, and turn no other text around", () => onPage({}, async (page) => {
    const rows = Array.from({ length: 60 }, (_, i) => `\u202Egnp.exe ${i % 3},${i === 9 ? 900000 : 100 + i % 31},${i % 97},مرحبا ${i % 2}`);
    const stage = await analyse(page, "hidden\u202Ename.csv", ["src_ip,\u202Ebytes_in,bytes\u200B_out,rule_names", ...rows].join("\n"));
    assert.equal(stage, "ready");
    await id(page, "drivers").getByText("⟨U+202E⟩bytes_in").first().waitFor();
    await page.locator("[data-testid=flagged-table] tbody tr[aria-rowindex='2']").click();
    await id(page, "details-bars").waitFor();
    await page.waitForTimeout(500);
    const hidden = await page.evaluate(() => {
      const attributes = [...document.querySelectorAll("[title], [aria-label]")].map((element) => element.title + element.getAttribute("aria-label"));
      return [document.querySelector("#app").innerText, ...attributes].filter((text) => /[\u202A-\u202E\u2066\u2067\u200B\u200E\u200F]/.test(text)).map((text) => text.slice(0, 80));
    });
    assert.deepEqual(hidden, []);
    const table = await id(page, "flagged-table").innerText();
    assert.ok(table.includes("⟨U+202E⟩gnp.exe") && table.includes("مرحبا"));
  }));
});

describe("the page keeps its place", () => {
  const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());
  const top = (locator) => locator.evaluate((element) => Math.round(element.getBoundingClientRect().top));

  test("another seed leaves what is looked at where it is, and the focus on it", () => onPage({}, async (page) => {
    await openLog(page);
    const row = value(page, "By country", "FR");
    await row.focus();
    await page.waitForTimeout(500); // what is near view now is drawn
    const before = await top(row);
    await page.evaluate(() => {
      window.heights = [];
      const watch = () => { window.heights.push(document.body.scrollHeight); requestAnimationFrame(watch); };
      watch();
      const seed = document.querySelector('[data-testid="setting-seed"]');
      seed.value = "7";
      seed.dispatchEvent(new Event("input", { bubbles: true }));
      document.querySelector('[data-testid="run"]').click();
    });
    assert.equal(await ended(page), "ready");
    await id(page, "comparison").waitFor();
    await page.waitForTimeout(500);
    assert.equal(await focused(page), "FR");
    assert.ok(Math.abs(await top(row) - before) <= 1, `${await top(row)} where it was ${before}`);
    const heights = await page.evaluate(() => window.heights);
    assert.ok(heights.length > 2 && Math.min(...heights) >= heights[0], `never shorter than ${heights[0]}: ${Math.min(...heights)}`);
  }));

  test("a filter leaves the chart that it is made in where it is", () => onPage({}, async (page) => {
    await openLog(page);
    const chart = id(page, "live-distribution-0");
    await chart.focus();
    await page.waitForTimeout(500);
    const before = await top(chart);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await id(page, "chip").waitFor();
    await page.waitForTimeout(500);
    assert.ok(await count(page, "filter-totals") !== 400, "it is not all sessions any more");
    assert.ok(Math.abs(await top(chart) - before) <= 1, `${await top(chart)} where it was ${before}`);
  }));
});

describe("on paper", () => {
  test("there are figures and charts in light colours, and nothing to press", () => onPage({ colorScheme: "dark" }, async (page) => {
    await openLog(page);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.waitForTimeout(500); // charts follow their size
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    assert.ok(!await id(page, "run").isVisible(), "no settings");
    assert.ok(!await id(page, "download-suspicious").isVisible(), "no downloads");
    assert.ok(await id(page, "flagged-count").isVisible());
    for (const name of ["chart-scatter", "chart-scores", "chart-timeline", "chart-heatmap", "chart-flows"]) {
      const chart = await id(page, name).evaluate((canvas) => {
        const { width, height } = canvas.getBoundingClientRect();
        const [red, green, blue] = canvas.getContext("2d").getImageData(3, 3, 1, 1).data;
        return { stretch: (width / height) / (canvas.width / canvas.height), isLight: Math.min(red, green, blue) > 200 };
      });
      assert.ok(Math.abs(chart.stretch - 1) < 0.02, `${name} is not stretched: ${chart.stretch}`);
      assert.ok(chart.isLight, `${name} is light`);
    }
    const overlapping = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll(".results .card, .colophon")].map((card) => card.getBoundingClientRect());
      const shown = boxes.filter((box) => box.height > 0);
      return shown.filter((box, i) => i > 0 && box.top < shown[i - 1].top).length;
    });
    assert.equal(overlapping, 0, "cards follow each other");
  }));
});
