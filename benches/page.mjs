// The built page in a real Chromium, given a log from the disk: how long it took, and what it needed.

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { count, download, id, open, start } from "../tests/e2e/support.mjs";

/** Longest wait for the end of a run, in milliseconds. */
const PATIENCE = 30 * 60_000;

/**
 * Runs in the page before its own scripts: counts out the workers, and watches a run from outside.
 *
 * A run lasts from the visitor's event (a file chosen, a click) to the frame after `status` says that it has ended.
 */
function watch(workers) {
  if (workers) Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => workers });
  const bench = { clear };
  window.bench = bench;
  function clear() {
    performance.clearMeasures();
    Object.assign(bench, { began: null, ended: null, stage: null, longTasks: [], beats: [] });
  }
  clear();
  const begin = () => { bench.began ??= performance.now(); };
  for (const [type, starters] of [["change", ["file-input"]], ["click", ["run", "try-sample"]]]) {
    addEventListener(type, (event) => { if (starters.includes(event.target.dataset?.testid)) begin(); }, true);
  }
  new MutationObserver(() => {
    const stage = document.querySelector('[data-testid="status"]')?.dataset.stage;
    if (bench.began === null || bench.stage !== null || !["ready", "failed", "cancelled"].includes(stage)) return;
    bench.stage = stage;
    requestAnimationFrame(() => setTimeout(() => { bench.ended = performance.now(); }));
  }).observe(document, { subtree: true, attributeFilter: ["data-stage"] });
  new PerformanceObserver((list) => bench.longTasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration])))
    .observe({ type: "longtask" });
  const beat = () => { bench.beats.push(performance.now()); setTimeout(beat, 4); };
  beat();
}

/** Runs in the page after a run: what `watch` and User Timing saw, in milliseconds. */
function look() {
  const { began, ended, stage, longTasks, beats } = window.bench;
  const within = beats.filter((at) => at >= began && at <= ended);
  const times = [began, ...within, ended];
  const overlap = longTasks.filter(([at, duration]) => at + duration > began && at < ended).map(([, duration]) => duration);
  const measures = performance.getEntriesByType("measure").map(({ name, duration }) => [name.replace("isolog:", ""), duration]);
  return {
    stage,
    outside: ended - began,
    longestTask: Math.max(0, ...overlap),
    // one by one: there may be more beats than a call takes arguments
    longestGap: times.reduce((longest, at, i) => (i ? Math.max(longest, at - times[i - 1]) : 0), 0),
    measures: Object.fromEntries(measures),
  };
}

/** Does what starts a run, waits until it has ended and is painted, and returns its times in milliseconds. */
async function time(page, act) {
  await page.evaluate(() => window.bench.clear());
  // the first time that the driver waits for something it compiles its own script in the page, which is not the page's work
  await page.waitForFunction(() => window.bench.ended === null);
  await act();
  await page.waitForFunction(() => window.bench.ended !== null, null, { timeout: PATIENCE, polling: 200 });
  await page.waitForTimeout(200); // the observer of long tasks is told late
  const seen = await page.evaluate(look);
  if (seen.stage !== "ready") {
    const problem = id(page, "problem");
    throw new Error(`the run ended as ${seen.stage}: ${(await problem.count()) ? await problem.innerText() : "no problem is shown"}`);
  }
  return seen;
}

/** The most memory that each renderer of this browser has had so far, in bytes by process id. */
async function peaks(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return new Map(processInfo.filter(({ type }) => type === "renderer").map(({ id }) => {
    const status = readFileSync(`/proc/${id}/status`, "utf8");
    return [id, 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1])];
  }));
}

/** The peaks before and after of the renderer that grew most: the page with its workers; a browser keeps spare ones. */
function grown(before, after) {
  const pairs = [...after].map(([id, peak]) => [before.get(id) ?? 0, peak]);
  return pairs.reduce((most, pair) => (pair[1] - pair[0] > most[1] - most[0] ? pair : most));
}

/** Puts a file into the input that consists of the corpus over and over, until it has `size` bytes or more. */
async function chooseRepeated(page, corpus, size) {
  await page.evaluate(() => {
    const input = Object.assign(document.createElement("input"), { type: "file", id: "bench-corpus" });
    document.body.append(input);
  });
  await page.locator("#bench-corpus").setInputFiles(corpus);
  return page.evaluate(async (size) => {
    const [file] = document.querySelector("#bench-corpus").files;
    const head = await file.slice(0, 64 * 1024).text();
    const rows = file.slice(head.indexOf("\n") + 1);
    const parts = [file];
    for (let bytes = file.size; bytes < size; bytes += rows.size) parts.push(rows);
    const transfer = new DataTransfer();
    const repeated = new File(parts, "repeated.csv");
    transfer.items.add(repeated);
    document.querySelector("#bench-corpus").remove();
    const input = document.querySelector('[data-testid="file-input"]');
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return repeated.size;
  }, size);
}

/** Presses *Run again* after a change of a setting, and returns the run's times in milliseconds. */
async function change(page, setting, value) {
  await id(page, setting).fill(value);
  return time(page, () => id(page, "run").click());
}

/** Waits until a moved threshold's result is painted; asks every so many milliseconds. */
const repainted = (page, polling) =>
  page.waitForFunction(() => performance.getEntriesByName("isolog:threshold", "measure").length > 0, null, { polling });

/**
 * Moves the threshold as a visitor does who has looked at the result, and returns every User Timing measure until it was
 * repainted, in milliseconds by name.
 */
async function moveThreshold(page, percent) {
  await page.waitForTimeout(1500);
  await page.evaluate(() => performance.clearMeasures());
  await id(page, "threshold-percent").fill(percent);
  await id(page, "threshold-percent").press("Enter");
  await repainted(page, 200);
  return (await page.evaluate(look)).measures;
}

/** Pixels that the slider's thumb is dragged over. */
const DRAGGED = 60;

/** Half the slider's thumb, in pixels: so far from the slider's ends it stands at its ends. */
const HALF_THUMB = 8;

/**
 * Runs in the page: notes in every frame, before its charts are drawn, when it began, where the slider stands and how many
 * rows are said to be flagged; and in which frames the chart of the scores is drawn, which gives its canvas a size each time.
 */
function noteFrames() {
  const [slider, flagged, chart] = ["threshold-slider", "flagged-count", "chart-scores"]
    .map((name) => document.querySelector(`[data-testid="${name}"]`));
  const frames = [];
  const drawn = [];
  window.bench.stopNoting = () => {
    window.bench.stopNoting = null;
    delete chart.width;
    return { frames, drawn };
  };
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");
  Object.defineProperty(chart, "width", {
    configurable: true,
    get,
    set(width) {
      drawn.push(frames.length - 1);
      set.call(this, width);
    },
  });
  const note = (at) => {
    frames.push([at, slider.value, flagged.textContent]);
    if (window.bench.stopNoting) requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

/**
 * Drags the threshold's slider over some pixels, first slowly, to learn the places that it has there and what each flags,
 * then back by a pixel every 60th of a second, if the browser takes them as fast. Returns how many places that are, how long
 * the frames took, in milliseconds, and of each place whose result was on the page, with the scores' chart, how many frames
 * after the slider's own: 0 is the same.
 */
async function dragThreshold(page) {
  const slider = id(page, "threshold-slider");
  const flagged = id(page, "flagged-count");
  await slider.scrollIntoViewIfNeeded();
  const share = await slider.evaluate(({ min, max, valueAsNumber }) => (valueAsNumber - min) / (max - min));
  const box = await slider.boundingBox();
  const left = Math.round(box.x + HALF_THUMB + share * (box.width - 2 * HALF_THUMB));
  const goTo = (step) => page.mouse.move(left + step, box.y + box.height / 2);
  await goTo(0);
  await page.mouse.down();
  await page.waitForTimeout(1000);
  const flags = new Map();
  for (let step = 1; step <= DRAGGED; step++) {
    await page.evaluate(() => performance.clearMeasures());
    const before = await slider.inputValue();
    await goTo(step);
    const place = await slider.inputValue();
    if (place === before) continue;
    await repainted(page, 50);
    flags.set(place, await flagged.textContent());
  }
  // it stands there already
  flags.delete(await slider.inputValue());
  await page.evaluate(noteFrames);
  const began = Date.now();
  for (let step = DRAGGED - 1; step > 0; step--) {
    await goTo(step);
    await page.waitForTimeout(Math.max(0, began + (DRAGGED - step) * 1000 / 60 - Date.now()));
  }
  await page.waitForTimeout(500);
  const { frames, drawn } = await page.evaluate(() => window.bench.stopNoting());
  await page.mouse.up();
  const late = [...flags].flatMap(([place, text]) => {
    const moved = frames.findIndex(([, at]) => at === place);
    const told = frames.findIndex(([, , said]) => said === text);
    const shown = told < 0 ? undefined : drawn.find((frame) => frame >= told);
    return moved < 0 || shown === undefined ? [] : [shown - moved];
  });
  const last = frames.findLastIndex(([, place], i) => i > 0 && place !== frames[i - 1][1]);
  const gaps = frames.slice(1, last + 1).map(([at], i) => at - frames[i][0]);
  return { places: flags.size, late, gaps };
}

/** Digest of the flagged rows as the page saves them, with the formula guard off as in the notebook. */
async function suspiciousDigest(page) {
  await id(page, "setting-formula-guard").uncheck();
  const { bytes } = await download(page, "download-suspicious");
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Analyses a corpus on a fresh page in a fresh browser; returns times in milliseconds, sizes in bytes, and counts.
 *
 * `workers` stands in for the machine's number of cores. `size` makes a file of at least so many bytes out of the
 * corpus, and `keepDuplicates` keeps the rows that come again in it. `followUps` takes the result file's digest
 * along, changes the threshold five times and the seed once, and drags the threshold.
 */
export async function analyse(corpus, { workers, size, keepDuplicates = false, followUps = false } = {}) {
  const site = await start();
  try {
    const { page } = await open(site, { before: { content: `(${watch})(${workers ?? 0})` } });
    page.setDefaultTimeout(120_000);
    if (keepDuplicates) {
      // the settings are on the page only with a log, and stay as they are when another log comes
      await time(page, () => id(page, "try-sample").click());
      await id(page, "setting-duplicates").uncheck();
    }
    await page.waitForTimeout(3000); // the page is warm and idle, as it is when a visitor has found the file
    const before = await peaks(site.browser);
    let bytes = statSync(corpus).size;
    const run = await time(page, async () => {
      if (size) bytes = await chooseRepeated(page, corpus, size);
      else await id(page, "file-input").setInputFiles(corpus);
    });
    const [idleMemory, memory] = grown(before, await peaks(site.browser));
    const result = {
      ...run,
      bytes,
      idleMemory,
      memory,
      rowsRead: await count(page, "rows-read"),
      rowsScored: await count(page, "rows-scored"),
      flagged: await count(page, "flagged-count"),
      browser: site.browser.version(),
    };
    if (!followUps) return result;
    result.digest = await suspiciousDigest(page);
    result.thresholds = [];
    for (const percent of ["1", "2", "10", "20", "5"]) result.thresholds.push(await moveThreshold(page, percent));
    result.seed = await change(page, "setting-seed", "43");
    result.drag = await dragThreshold(page);
    return result;
  } finally {
    await site.close();
  }
}
