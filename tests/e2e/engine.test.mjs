// The engine of the built page: many workers, files that go away, memory that runs out.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { count, download, ended, id, open, runAgain, start } from "./support.mjs";

let site, folder;
before(async () => {
  site = await start();
  folder = await mkdtemp(join(tmpdir(), "isolog-"));
});
after(async () => {
  await site?.close();
  await rm(folder, { recursive: true });
});

/** A log of several ranges, with quoted line ends, repeated rows and rows that cannot be used. */
function log(rows) {
  const lines = ["src_ip,bytes_in,bytes_out,start_time,end_time,note"];
  for (let i = 0; i < rows; i += 1) {
    const note = i % 1000 === 7 ? '"two\nlines, and a "" quote"' : `session ${i % 50} of a client that is known`;
    const minute = String(i % 60).padStart(2, "0");
    lines.push(`192.0.2.${i % 250},${(i * 7919) % 10007},${(i * 31) % 977},2026-03-02T09:${minute}:00Z,2026-03-02T10:${minute}:30Z,${note}`);
    if (i % 5000 === 11) lines.push(lines.at(-1), "short,1");
  }
  return lines.join("\n");
}

/** Writes a file and gives it to the page, as a real file on the disk. */
async function choose(page, name, text) {
  const path = join(folder, name);
  await writeFile(path, text);
  await id(page, "file-input").setInputFiles(path);
  return { path, stage: await ended(page) };
}

const cores = (n) => `Object.defineProperty(navigator, "hardwareConcurrency", { get: () => ${n} });`;

/** Waits until the workers and the page are warm. */
const warm = (page) => page.waitForFunction(() => performance.getEntriesByName("isolog:warm-up", "measure").length > 0, null, { timeout: 60_000 });

/** What older browsers lack, taken from a worker; each counts in `spoiled` how often that mattered. */
const older = {
  "no byte streams": () => {
    delete self.ReadableStreamBYOBReader;
    const read = FileReaderSync.prototype.readAsArrayBuffer;
    FileReaderSync.prototype.readAsArrayBuffer = function (blob) { self.spoiled += 1; return read.call(this, blob); };
  },
  "no least number of bytes": () => {
    const { read } = ReadableStreamBYOBReader.prototype;
    ReadableStreamBYOBReader.prototype.read = function (view) { self.spoiled += 1; return read.call(this, view); };
  },
};

/** Spoils every worker of a page before it reads; returns a function that tells how often that mattered. */
async function spoil(page, take) {
  const spoilOne = (worker) => worker.evaluate(`self.spoiled = 0; (${take})()`);
  // a log that comes before the workers are warm is given to new ones
  await warm(page);
  assert.equal(page.workers().length, 3, "the lead and two helpers");
  await Promise.all(page.workers().map(spoilOne));
  return async () => {
    const counts = await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.spoiled)));
    return counts.reduce((sum, n) => sum + n, 0);
  };
}

test("any number of workers, and older browsers, give the same bytes", async () => {
  const text = log(600_000); // at least eight ranges
  const results = new Map();
  for (const n of [1, 2, 3, 8, ...Object.keys(older)]) {
    const { page, context, record } = await open(site, { before: cores(Number(n) || 2) });
    const poor = older[n] && await spoil(page, older[n]);
    assert.equal((await choose(page, "log.csv", text)).stage, "ready");
    if (poor) assert.ok(await poor() > 4, `${n}: the workers read otherwise`);
    const rows = await count(page, "rows-read");
    const words = await id(page, "warnings").innerText();
    const file = (await download(page, "download-scored")).bytes;
    results.set(n, [rows, words, await id(page, "threshold").innerText(), createHash("sha256").update(file).digest("hex")].join());
    assert.deepEqual(record.errors, []);
    await context.close();
  }
  assert.equal(new Set(results.values()).size, 1, JSON.stringify([...results]));
  assert.match(results.get(1), /^600240,/, "every row is read: 600,000, 120 that repeat and 120 that are short");
});

test("another seed reads nothing again, another threshold grows nothing again", async () => {
  const { page, context } = await open(site);
  assert.equal((await choose(page, "log.csv", log(50_000))).stage, "ready");
  const measures = async () => {
    const names = await page.evaluate(() => performance.getEntriesByType("measure").map((entry) => entry.name));
    await page.evaluate(() => performance.clearMeasures());
    return names;
  };
  await measures();
  await id(page, "setting-seed").fill("7");
  assert.equal(await runAgain(page), "ready");
  let names = await measures();
  assert.ok(!names.includes("isolog:read") && names.includes("isolog:score"), names.join());
  await id(page, "setting-contamination").fill("0.01");
  assert.equal(await runAgain(page), "ready");
  names = await measures();
  assert.ok(!names.includes("isolog:fit") && names.includes("isolog:report"), names.join());
  await context.close();
});

test("a run that another one ends leaves no score behind", async () => {
  const text = log(200_000);
  const ofSeed = async (page) => {
    await page.waitForFunction(() => document.querySelector('[data-testid="setting-seed"]')?.value === "7");
    assert.equal(await ended(page), "ready");
    const threshold = await id(page, "threshold").innerText();
    await id(page, "threshold-percent").fill("20");
    await id(page, "threshold-percent").press("Enter");
    await page.waitForFunction((before) => document.querySelector('[data-testid="threshold"]').textContent !== before, threshold);
    assert.equal(await id(page, "problem").count(), 0);
    return [threshold, await id(page, "threshold").innerText(), await count(page, "flagged-count")];
  };
  const { page, context } = await open(site, { before: cores(2) });
  assert.equal((await choose(page, "log.csv", text)).stage, "ready");
  await id(page, "setting-trees").fill("3000");
  await id(page, "run").click();
  await page.waitForFunction(() => document.querySelector('[data-testid="status"]').dataset.stage === "scoring");
  await page.evaluate(() => { location.hash = "#seed=7"; });
  const second = await ofSeed(page);
  await context.close();
  const alone = await open(site, { before: cores(2) });
  await alone.page.evaluate(() => { location.hash = "#seed=7"; });
  await choose(alone.page, "log.csv", text);
  assert.deepEqual(second, await ofSeed(alone.page));
  await alone.context.close();
});

describe("what goes wrong", () => {
  test("a file that changed is said to be gone, and can be chosen again", async () => {
    const { page, context } = await open(site);
    const { path, stage } = await choose(page, "changing.csv", log(60_000));
    assert.equal(stage, "ready");
    await new Promise((done) => setTimeout(done, 1100)); // the browser compares times of change
    await writeFile(path, log(10));
    // a change of this setting reads the file again
    await id(page, "setting-duplicates").uncheck();
    assert.equal(await runAgain(page), "failed");
    assert.match(await id(page, "problem").innerText(), /could not be read.*Choose it again/s);
    assert.equal((await choose(page, "again.csv", log(1000))).stage, "ready");
    assert.equal(await id(page, "problem").count(), 0);
    await context.close();
  });

  test("a file that is gone cannot be exported from, and the result stays", async () => {
    const { page, context } = await open(site);
    const { path } = await choose(page, "vanishing.csv", log(1000));
    const flagged = await count(page, "flagged-count");
    await rm(path);
    await id(page, "download-suspicious").click();
    await id(page, "problem").waitFor();
    assert.match(await id(page, "problem").innerText(), /could not be read/);
    assert.equal(await count(page, "flagged-count"), flagged);
    await context.close();
  });

  test("memory that runs out is a problem in words, and a smaller file works", async () => {
    const tight = await start(["--js-flags=--wasm-max-mem-pages=400"]); // 25 MiB for the page and for each worker
    const { page, context } = await open(tight);
    assert.equal((await choose(page, "large.csv", log(900_000))).stage, "failed");
    assert.match(await id(page, "problem").innerText(), /worker stopped while .*Close other tabs/s);
    assert.equal((await choose(page, "small.csv", log(1000))).stage, "ready");
    await context.close();
    await tight.close();
  });
});

test("a page that is warm looks as before, and shows the first log as any other", async () => {
  const text = log(3000);
  const { page, context, record } = await open(site);
  const look = () => page.evaluate(() => document.body.outerHTML);
  const before = await look();
  const requests = record.requests.length;
  await warm(page);
  assert.equal(await look(), before);
  await page.keyboard.press("Escape");
  assert.equal((await choose(page, "log.csv", text)).stage, "ready");
  assert.equal(await count(page, "flagged-count"), 150);
  await id(page, "flagged-table").locator("tbody td").nth(5).waitFor();
  assert.deepEqual(record.errors, []);
  assert.equal(record.requests.length, requests);
  await context.close();
});

test("a log that comes while the page warms up is analysed at once", async () => {
  const text = log(3000);
  const { page, context, record } = await open(site);
  // once the lead is warm the page itself has its turn
  for (const pause of [600, 900, 1000, 1100, 1400]) {
    await page.waitForTimeout(pause);
    const isWarm = await page.evaluate(() => performance.getEntriesByName("isolog:warm-up", "measure").length);
    assert.equal((await choose(page, "log.csv", text)).stage, "ready");
    assert.equal(await count(page, "flagged-count"), 150);
    await page.waitForTimeout(2000);
    assert.equal(await id(page, "flagged-table").count(), 1, `one table, of a page that was warm: ${isWarm}`);
    assert.equal(await id(page, "problem").count(), 0);
    await page.reload();
    await id(page, "try-sample").waitFor();
  }
  assert.deepEqual(record.errors, []);
  await context.close();
});

test("the rows of a long log come though they are far from view", async () => {
  const { page, context } = await open(site);
  assert.equal((await choose(page, "log.csv", log(120_000))).stage, "ready");
  await page.waitForFunction(() => {
    const table = document.querySelector('[data-testid="flagged-table"]');
    return table.getBoundingClientRect().top > innerHeight && table.querySelectorAll("tbody td.number").length > 15;
  });
  const follows = (before) => page.waitForFunction((before) => {
    const flagged = document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "");
    const table = document.querySelector('[data-testid="flagged-table"]');
    return flagged !== before && table.ariaRowCount === String(Number(flagged) + 1) && table.getBoundingClientRect().top > innerHeight;
  }, before);
  const flagged = async () => String(await count(page, "flagged-count"));
  const before = await flagged();
  await id(page, "threshold-percent").evaluate((field) => {
    field.value = "1";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await follows(before);
  // a key moves the threshold on its way, which rows that nobody sees follow late
  const typed = await flagged();
  await id(page, "threshold-slider").evaluate((slider) => slider.focus({ preventScroll: true }));
  for (const _ of [1, 2, 3]) await page.keyboard.press("ArrowRight");
  await follows(typed);
  await page.waitForTimeout(1500);
  assert.equal(await id(page, "flagged-table").getAttribute("aria-rowcount"), String(Number(await flagged()) + 1), "it has caught up");
  await id(page, "list-all").check();
  await page.waitForFunction(() => document.querySelector('[data-testid="flagged-table"]').ariaRowCount === "120001"
    && document.querySelectorAll('[data-testid="flagged-table"] tbody td.number').length > 15);
  await context.close();
});
