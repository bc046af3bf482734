// What leaves the page: the report, the charts as pictures, pseudonyms.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { analyse, columns, download, id, open, start } from "./support.mjs";

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

/** A log with an address and an account in each row, and markup in its rules. */
function log() {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const size = i % 20 === 0 ? 5_000_000 + i : 1000 + (i * 37) % 91;
    return `10.1.${i % 3}.${i + 1},${123_456_789_000 + i},${size},${size / 2},<img src=x onerror=alert(1)>,2026-03-02T09:${String(i % 60).padStart(2, "0")}:00Z`;
  });
  return `src_ip,account,bytes_in,bytes_out,rule_names,time\n${rows.join("\n")}\n`;
}

const ADDRESS = /\b10\.1\.[0-2]\.\d+\b/;
const ACCOUNT = /\b1234567890\d\d\b/;

async function ready(options) {
  const opened = await open(browser, options);
  assert.equal(await analyse(opened.page, "gateway.csv", log()), "ready");
  return opened;
}

test("the report is one file that asks for nothing, on a screen and on paper", async () => {
  const { page, context, record } = await ready();
  const asked = record.requests.length;
  const report = await download(page, "download-report");
  assert.equal(report.name, "isolog_report.html");
  assert.deepEqual(record.errors, []);
  assert.equal(record.requests.length, asked, "nothing was fetched to write it");
  const folder = await mkdtemp(join(tmpdir(), "isolog-report-"));
  const path = join(folder, "report.html");
  await writeFile(path, report.bytes);
  const requests = [];
  for (const width of [1440, 390]) {
    const reader = await context.newPage();
    reader.on("request", (request) => requests.push(request.url()));
    reader.on("console", (message) => record.errors.push(message.text()));
    reader.on("dialog", () => record.errors.push("a script ran"));
    await reader.setViewportSize({ width, height: 900 });
    await reader.goto(pathToFileURL(path).href);
    assert.match(await reader.title(), /gateway\.csv/);
    assert.equal(await reader.locator("img, script, link, iframe").count(), 0);
    assert.ok(await reader.locator("figure svg").count() >= 3);
    assert.match(await reader.locator("table").first().innerText(), /10\.1\./);
    const overflow = await reader.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`);
    // in print nothing is cut off at the right
    await reader.setViewportSize({ width: 1032, height: 700 });
    await reader.emulateMedia({ media: "print" });
    const cut = await reader.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(cut <= 0, `${cut} px are cut off on paper`);
    assert.ok((await reader.pdf({ preferCSSPageSize: true })).length > 10_000);
    await reader.close();
  }
  assert.deepEqual(requests.filter((url) => url !== pathToFileURL(path).href), []);
  assert.deepEqual(record.errors, []);
  await rm(folder, { recursive: true });
  await context.close();
});

test("every chart is saved as SVG and PNG", async () => {
  const { page, context, record } = await ready();
  const charts = await id(page, "chart-choice").locator("option").evaluateAll((options) => options.map((option) => option.value));
  assert.ok(charts.includes("scatter") && charts.includes("timeline") && charts.includes("scores"), charts.join());
  for (const chart of charts) {
    await id(page, "chart-choice").selectOption(chart);
    await id(page, "chart-format").selectOption({ index: 0 });
    const svg = await download(page, "download-chart");
    assert.equal(svg.name, `isolog_${chart}.svg`);
    const is = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
      return [parsed.querySelector("parsererror") === null, parsed.documentElement.nodeName];
    }, svg.bytes.toString());
    assert.deepEqual(is, [true, "svg"]);
  }
  for (const times of [1, 2, 3, 4]) {
    await id(page, "chart-format").selectOption({ index: times });
    const png = await download(page, "download-chart");
    assert.match(png.name, /^isolog_\w+\.png$/);
    assert.deepEqual([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)], [960 * times, 600 * times]);
  }
  assert.deepEqual(record.errors, []);
  await context.close();
});

test("pseudonyms stand in every file, and are the same again for the same phrase", async () => {
  const sources = [];
  for (const phrase of ["", "", "open sesame", "open sesame"]) {
    const { page, context, record } = await ready();
    const plain = await download(page, "download-scored");
    assert.match(plain.bytes.toString(), ADDRESS);
    await id(page, "setting-anonymise").check();
    await id(page, "setting-pass-phrase").fill(phrase);
    await id(page, "setting-pass-phrase").blur();
    const files = [];
    for (const name of ["download-scored", "download-suspicious", "download-summary", "download-report"]) {
      files.push(await download(page, name));
    }
    for (const { name, bytes } of files) {
      assert.doesNotMatch(bytes.toString(), ADDRESS, name);
      assert.doesNotMatch(bytes.toString(), ACCOUNT, name);
    }
    const [scored, suspicious] = files.map((file) => columns(file.bytes));
    assert.deepEqual(scored.bytes_in, columns(plain.bytes).bytes_in);
    assert.ok(suspicious.src_ip.every((source) => scored.src_ip.includes(source)));
    sources.push(scored.src_ip.join());
    assert.deepEqual(record.errors, []);
    await context.close();
  }
  assert.equal(new Set(sources).size, 3);
  assert.equal(sources[2], sources[3]);
});

/** A log too long for one worker to explain while it writes. */
const LONG = "bytes_in,bytes_out\n" + Array.from({ length: 60_000 }, (_, i) =>
  i % 600 === 0 ? `${900_000 + i},${800_000 - i}` : `${1000 + (i * 37) % 9973},${500 + (i * 53) % 7919}`).join("\n") + "\n";

test("every session of a long log gets its attributions, and one can stop that", async () => {
  const { page, context, record } = await open(browser);
  assert.equal(await analyse(page, "long.csv", LONG), "ready");
  await id(page, "setting-explain-exports").check();
  let n_files = 0;
  page.on("download", () => { n_files += 1; });
  await id(page, "download-scored").click();
  assert.match(await id(page, "attributing").innerText(), /^scored_sessions\.csv: [\d,]+ of 60,000 sessions explained$/);
  await id(page, "cancel-attributing").click();
  await id(page, "attributing").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "download-scored", "the focus stays near");
  await page.waitForTimeout(500);
  assert.equal(n_files, 0, "nothing is written");
  const file = await download(page, "download-scored");
  const scored = columns(file.bytes);
  const [of_in, of_out] = ["attribution_bytes_in", "attribution_bytes_out"].map((name) => scored[name].map(parseFloat));
  assert.equal(of_in.length, 60_000);
  assert.ok([...of_in, ...of_out].every(Number.isFinite), "every session has both");
  const sums = of_in.map((value, i) => ({ sum: value + of_out[i], isSuspicious: scored.anomaly[i] === "Suspicious" }));
  const mean = (rows) => rows.reduce((total, { sum }) => total + sum, 0) / rows.length;
  const [suspicious, normal] = [true, false].map((wanted) => sums.filter(({ isSuspicious }) => isSuspicious === wanted));
  assert.ok(mean(suspicious) > mean(normal) + 1, "what is suspicious has the shorter paths");
  assert.deepEqual(record.errors, []);
  await context.close();
});
