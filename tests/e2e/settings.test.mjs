// What is set beside the form: the allow-list, the link, the project file, the time zone.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { analyse, columns, count, download, ended, flaggedIs, id, open, runAgain, start, visit } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

const onPage = (options, body) => visit(site, options, body);

/** 300 ordinary sessions, then 12 that stand apart: 5 of a scanner, 4 of a network, 3 of nobody known. */
function log() {
  const rows = ["src_ip,rule_names,bytes_in,bytes_out,dst_port"];
  for (let i = 0; i < 300; i++) rows.push(`203.0.113.${i % 50},web,${100 + i % 13},${200 + i % 17},${i % 5}`);
  for (let i = 0; i < 12; i++) {
    const source = i < 5 ? "198.51.100.7" : i < 9 ? `10.0.${i}.1` : "192.0.2.9";
    rows.push(`${source},web,${90_000 + 977 * i},${80_000 + 1313 * i},${i % 5}`);
  }
  return `${rows.join("\n")}\n`;
}

const set = async (page, settings) => {
  for (const [name, value] of Object.entries(settings)) await id(page, `setting-${name}`).fill(value);
};

const result = async (page) => ({
  threshold: await id(page, "threshold").innerText(),
  flagged: (await download(page, "download-suspicious")).bytes.toString(),
});

const mark = async (page, kind, value, reason) => {
  await id(page, "known-add").click();
  await id(page, "known-kind").selectOption(kind);
  await id(page, "known-value").fill(value);
  await id(page, "known-reason").fill(reason);
  await id(page, "known-reason").press("Enter");
};

const openProject = (page, bytes) => id(page, "project-open").first().setInputFiles(
  { name: "isolog-project.json", mimeType: "application/json", buffer: Buffer.from(bytes) });

const remark = async (page, pattern) => {
  await page.waitForFunction(([source]) => new RegExp(source).test(document.querySelector('[data-testid="remarks"]')?.innerText ?? ""), [pattern.source]);
};

describe("the allow-list", () => {
  test("twenty thousand entries are looked up at once, and listed piece by piece", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "log.csv", log()), "ready");
    await set(page, { contamination: "top 12" });
    assert.equal(await runAgain(page), "ready");
    const project = JSON.parse((await download(page, "project-save")).bytes.toString());
    project.allow_list = Array.from({ length: 20_000 }, (_, i) => ({
      subject: { source: `192.168.${i >> 8}.${i & 255}` }, reason: "made up" }));
    project.allow_list.push({ subject: { network: "10.0.0.0/8" }, reason: "the branch" });
    const began = Date.now();
    await openProject(page, JSON.stringify(project));
    await flaggedIs(page, 8);
    assert.equal(await ended(page), "ready");
    assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);
    assert.equal(await id(page, "known-list").locator("li").count(), 100);
    await id(page, "allow-list").getByTestId("show-more").click();
    assert.equal(await id(page, "known-list").locator("li").count(), 200);
  }));

  test("what it covers is not counted, stays visible, and comes back", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "log.csv", log()), "ready");
    await set(page, { contamination: "top 12" });
    assert.equal(await runAgain(page), "ready");
    assert.equal(await count(page, "flagged-count"), 12);
    const [threshold, before] = [await id(page, "threshold").innerText(), columns((await download(page, "download-scored")).bytes)];

    await mark(page, "source", "198.51.100.7", "our scanner");
    await flaggedIs(page, 7);
    await mark(page, "network", "10.0.0.0/8", "the branch");
    await flaggedIs(page, 3);
    assert.equal(await id(page, "threshold").innerText(), threshold);
    assert.match(await id(page, "known-list").innerText(), /our scanner[^]*5 sessions, of which 5 are below[^]*the branch[^]*4 sessions/);
    assert.match(await id(page, "known-summary").innerText(), /^9 sessions/);
    assert.match(await id(page, "suspicious-caption").innerText(), /besides 9 known/);
    assert.equal(await id(page, "flagged-table").getAttribute("aria-rowcount"), "4");
    const suspicious = columns((await download(page, "download-suspicious")).bytes);
    assert.deepEqual(suspicious.src_ip, ["192.0.2.9", "192.0.2.9", "192.0.2.9"]);
    const scored = columns((await download(page, "download-scored")).bytes);
    assert.equal(scored.anomaly.filter((verdict) => verdict === "Known").length, 9);
    assert.deepEqual([scored.score, scored.rank], [before.score, before.rank]);
    assert.ok(!page.url().includes("198.51"), "the link says nothing of it");
    assert.match(await id(page, "flagged-table").innerText(), /192\.0\.2\.9/);
    assert.doesNotMatch(await id(page, "flagged-table").innerText(), /198\.51\.100\.7/);

    await id(page, "known-remove").first().click();
    await flaggedIs(page, 8);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "known-add", "the focus is kept");
  }));

  test("a row's source is marked from its details, by keyboard", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "log.csv", log()), "ready");
    await set(page, { contamination: "top 12" });
    await runAgain(page);
    await id(page, "flagged-table").locator("tbody tr[tabindex='0']").focus();
    await page.keyboard.press("Enter");
    await id(page, "mark-source").focus();
    const source = (await id(page, "mark-source").innerText()).match(/source (\S+)/)[1];
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "known-reason");
    assert.equal(await id(page, "known-value").inputValue(), source);
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "mark-source", "the focus comes back");
    await page.keyboard.press("Enter");
    await page.keyboard.type("ours");
    await page.keyboard.press("Enter");
    await flaggedIs(page, { "198.51.100.7": 7, "192.0.2.9": 9 }[source] ?? 11);
  }));

  test("what does not fit is said in the dialog", () => onPage({}, async (page) => {
    await analyse(page, "log.csv", log());
    await mark(page, "network", "10.0.0.0/64", "x");
    assert.match(await id(page, "known-problem").innerText(), /“10\.0\.0\.0\/64” is no network/);
    await id(page, "known-value").fill("10.0.0.0/8");
    await id(page, "known-reason").fill(" ");
    await id(page, "known-save").click();
    assert.match(await id(page, "known-problem").innerText(), /no reason/);
    await id(page, "known-cancel").click();
    assert.equal(await id(page, "known-remove").count(), 0);
  }));
});

describe("the link", () => {
  test("gives the same threshold and flags on the same file", async () => {
    let link, wanted;
    await onPage({}, async (page) => {
      await analyse(page, "log.csv", log());
      await page.waitForTimeout(500); // until the address is written
      assert.ok(!page.url().includes("#"), "the defaults need no fragment");
      await set(page, { contamination: "0.03", trees: "50", seed: "7" });
      await id(page, "feature-dst_port").check();
      assert.equal(await runAgain(page), "ready");
      await id(page, "zone-utc").click();
      await page.waitForFunction(() => location.hash.includes("seed=7"));
      [link, wanted] = [page.url(), await result(page)];
    });
    assert.equal(new URL(link).hash, "#contamination=0.03&features=bytes_in,bytes_out,dst_port&trees=50&seed=7");
    await onPage({}, async (page) => {
      await analyse(page, "log.csv", log());
      await page.evaluate((hash) => { location.hash = hash; }, new URL(link).hash);
      await page.waitForFunction((threshold) => document.querySelector('[data-testid="threshold"]').textContent === threshold, wanted.threshold);
      assert.equal(await ended(page), "ready");
      assert.deepEqual(await result(page), wanted, "on a page that is open");
    });
    const other = { ...site, address: link };
    const { page, context } = await open(other);
    assert.equal(await analyse(page, "log.csv", log()), "ready");
    assert.deepEqual(await result(page), wanted, "on a page that it opens");
    assert.equal(page.url(), link);
    await context.close();
  });

  test("counts though the address is written right after it", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "log.csv", log()), "ready");
    await page.evaluate(() => {
      const { pathname } = location;
      location.hash = "#seed=9";
      history.replaceState(null, "", pathname);
    });
    await page.waitForFunction(() => document.querySelector('[data-testid="setting-seed"]').value === "9");
    assert.equal(await ended(page), "ready");
    await page.waitForFunction(() => location.hash === "#seed=9");
  }));

  test("what it gets wrong is said, and the rest counts", async () => {
    const { page, context, record } = await open({ ...site, address: `${site.address}#seed=9&colour=red&trees=many&features=bytes_in,packets` });
    await remark(page, /colour[^]*trees/);
    assert.equal(await analyse(page, "log.csv", log()), "ready");
    await remark(page, /no column of numbers called packets/);
    assert.equal(await id(page, "setting-seed").inputValue(), "9");
    assert.ok(await id(page, "feature-bytes_in").isChecked() && !await id(page, "feature-bytes_out").isChecked());
    await page.waitForFunction(() => location.hash === "#features=bytes_in&seed=9");
    await id(page, "remarks-close").click();
    assert.equal(await id(page, "remarks").count(), 0);
    assert.deepEqual(record.errors, []);
    await context.close();
  });

  test("is copied", () => onPage({ permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    await analyse(page, "log.csv", log());
    await set(page, { seed: "3" });
    await runAgain(page);
    await page.waitForFunction(() => location.hash === "#seed=3");
    await id(page, "copy-link").click();
    await remark(page, /link is copied/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  }));
});

describe("the link and the views", () => {
  test("a link shows the same axes, scales, part of the plane, buckets and networks", async () => {
    let link, shown;
    const seen = (page) => page.evaluate(() => document.querySelector('[data-testid="chart-scatter"]').getAttribute("aria-label"));
    await onPage({}, async (page) => {
      await id(page, "try-sample").click();
      assert.equal(await ended(page), "ready");
      await id(page, "scatter-y").selectOption("duration_seconds");
      await id(page, "scatter-x-log").check();
      await id(page, "timeline-bucket").selectOption("3600");
      await id(page, "sources-by").selectOption("24");
      await page.waitForFunction(() => /sources_by=24/.test(location.hash));
      await id(page, "live-scatter").focus();
      for (const key of ["ArrowRight", "+", "+"]) await page.keyboard.press(key);
      await page.waitForFunction(() => /window=[-\d.]+,[-\d.]+,[-\d.]+,[-\d.]+/.test(location.hash));
      await page.waitForTimeout(800);
      [link, shown] = [page.url(), await seen(page)];
      assert.match(new URL(link).hash, /^#y=duration_seconds&x_scale=log&window=[-\d.,]+&bucket=3600&sources_by=24$/);
    });
    const { page, context, record } = await open({ ...site, address: link });
    await id(page, "try-sample").click();
    assert.equal(await ended(page), "ready");
    await page.waitForFunction((shown) => document.querySelector('[data-testid="chart-scatter"]').getAttribute("aria-label") === shown, shown);
    assert.ok(!await id(page, "scatter-reset").isDisabled(), "a part is shown");
    assert.ok(await id(page, "scatter-x-log").isChecked() && !await id(page, "scatter-y-log").isChecked());
    assert.equal(await id(page, "timeline-bucket").inputValue(), "3600");
    assert.equal(await id(page, "sources-by").inputValue(), "24");
    await page.waitForTimeout(600);
    const numbers = (url) => new URL(url).hash.match(/-?\d[\d.]*/g).map(Number);
    numbers(page.url()).forEach((number, i) => assert.ok(Math.abs(number - numbers(link)[i]) < 1e-6, page.url()));
    assert.deepEqual(record.errors, []);
    await context.close();
  });
});

describe("the project", () => {
  let bytes, wanted;
  test("holds the settings, the allow-list and the file's SHA-256", () => onPage({}, async (page) => {
    await analyse(page, "log.csv", log());
    await set(page, { contamination: "top 12", seed: "5" });
    await runAgain(page);
    await mark(page, "source", "198.51.100.7", "our scanner");
    await flaggedIs(page, 7);
    await id(page, "setting-zone").fill("europe/berlin");
    await id(page, "setting-zone").press("Tab");
    assert.equal(await id(page, "setting-zone").inputValue(), "Europe/Berlin");
    const saved = await download(page, "project-save");
    assert.equal(saved.name, "isolog-project.json");
    [bytes, wanted] = [saved.bytes, await result(page)];
    const project = JSON.parse(bytes);
    assert.deepEqual(project.input, {
      name: "log.csv", size: log().length, sha256: createHash("sha256").update(log()).digest("hex"),
    });
    assert.deepEqual(project.allow_list, [{ subject: { source: "198.51.100.7" }, reason: "our scanner" }]);
    assert.equal(project.time_zone, "Europe/Berlin");
    assert.equal(project.settings.random_state, "5");
    assert.match(project.app_version, /^\d+\.\d+/);
  }));

  test("gives the same result on the same file, before and after it is opened", async () => {
    await onPage({}, async (page) => {
      await openProject(page, bytes);
      await remark(page, /kept\. Open log\.csv/);
      assert.equal(await analyse(page, "log.csv", log()), "ready");
      await remark(page, /log\.csv is the file[^]*same bytes/);
      assert.deepEqual(await result(page), wanted);
      assert.equal(await id(page, "setting-zone").inputValue(), "Europe/Berlin");
    });
    await onPage({}, async (page) => {
      await analyse(page, "log.csv", log());
      await openProject(page, bytes);
      await flaggedIs(page, 7);
      await remark(page, /same bytes/);
      assert.deepEqual(await result(page), wanted);
    });
  });

  test("says that another file is different, and can be used all the same", () => onPage({}, async (page) => {
    const other = log().replace("203.0.113.0,web,100,200,0", "203.0.113.0,web,100,201,0");
    await analyse(page, "other.csv", other);
    await openProject(page, bytes);
    await remark(page, /different file[^]*called other\.csv, not log\.csv[^]*bytes are others/);
    assert.equal(await ended(page), "ready");
    assert.equal(await id(page, "setting-seed").inputValue(), "5");
    await analyse(page, "longer.csv", `${log()}1.2.3.4,web,1,2,3\n`);
    await openProject(page, bytes);
    await remark(page, /has [\d,]+ bytes, not/);
  }));

  test("with filters that the file cannot be asked says which, and the rest counts", () => onPage({}, async (page) => {
    await analyse(page, "log.csv", log());
    const project = JSON.parse(bytes);
    const test = (test) => ({ made_in: "Table", test });
    project.conditions = [
      test({ Between: { column: "bytes_in", low: 0, high: null } }),
      test({ OneOf: { column: "country", values: ["DE"] } }),
      test({ InNetwork: { column: "src_ip", networks: ["10.0.0.0/40"] } }),
    ];
    await openProject(page, JSON.stringify(project));
    await remark(page, /“country is DE” is left out: there is no column[^]*10\.0\.0\.0\/40" is no network/);
    assert.equal(await ended(page), "ready");
    assert.deepEqual(await id(page, "chip").allInnerTexts(), ["bytes_in at least 0\n✕"]);
  }));

  test("that is none, or newer, changes nothing", () => onPage({}, async (page) => {
    await analyse(page, "log.csv", log());
    for (const [text, words] of [
      ["not json", /cannot be read: at line 1/],
      ["{}", /not a project of Isolog/],
      [bytes.toString().replace('"version": 3', '"version": 99'), /format 99/],
    ]) {
      await openProject(page, text);
      await page.waitForFunction(([source]) => new RegExp(source).test(document.querySelector('[data-testid="problem"]')?.innerText ?? ""), [words.source]);
      assert.equal(await id(page, "setting-seed").inputValue(), "42");
    }
  }));
});

describe("the time zone", () => {
  test("is UTC until another is chosen", () => onPage({ timezoneId: "America/New_York" }, async (page) => {
    await analyse(page, "log.csv", log());
    assert.equal(await id(page, "setting-zone").inputValue(), "UTC");
    await id(page, "zone-own").click();
    assert.equal(await id(page, "setting-zone").inputValue(), "America/New_York");
    await page.waitForFunction(() => location.hash === "#zone=America/New_York");
    await id(page, "setting-zone").fill("Atlantis");
    await id(page, "setting-zone").press("Tab");
    assert.match(await id(page, "zone-problem").innerText(), /“Atlantis”/);
    await id(page, "zone-utc").click();
    await page.waitForFunction(() => location.hash === "");
  }));
});
