// The threshold's dial, the comparison with the result before, the accuracy by a label, and the derived features.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { analyse, columns, count, download, flaggedIs, id, isDrawn, runAgain, says, shared, start, trySample, visit } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

const onPage = (options, body) => visit(site, options, body);

const type = async (page, field, text) => {
  await id(page, field).fill(text);
  await id(page, field).press("Enter");
};

/** Remembers every stage that the page shows from now on. */
const watchStages = (page) => page.evaluate(() => {
  const status = document.querySelector('[data-testid="status"]');
  window.stages = [];
  new MutationObserver(() => window.stages.push(status.dataset.stage)).observe(status, { attributes: true });
});

describe("the dial", () => {
  test("four ways to state the threshold agree, and downloads follow", () => onPage({}, async (page) => {
    await trySample(page);
    const first = [await count(page, "flagged-count"), await id(page, "threshold").innerText()];
    assert.equal(await id(page, "threshold-percent").inputValue(), "5");
    assert.equal(await id(page, "threshold-top").inputValue(), String(first[0]));
    assert.equal(await id(page, "threshold-score").inputValue(), first[1]);
    await page.evaluate(() => performance.clearMeasures());
    await watchStages(page);

    await type(page, "threshold-top", "12");
    await flaggedIs(page, 12);
    assert.equal(await id(page, "setting-contamination").inputValue(), "top 12");
    assert.equal(columns((await download(page, "download-suspicious")).bytes).anomaly.length, 12);
    assert.equal(await id(page, "flagged-table").getAttribute("aria-rowcount"), "13");
    assert.match(await id(page, "chart-scores").getAttribute("aria-label"), /: 12\.$/);
    assert.match(await id(page, "chart-scatter").getAttribute("aria-label"), /\b12\b/);

    await id(page, "threshold-auto").click();
    await page.waitForFunction(() => document.querySelector('[data-testid="threshold"]').textContent === "-0.5");
    assert.equal(await id(page, "setting-contamination").inputValue(), "auto");
    const auto = await count(page, "flagged-count");
    await type(page, "threshold-score", "-0.6");
    await page.waitForFunction(() => document.querySelector('[data-testid="threshold"]').textContent === "-0.6");
    assert.ok(await count(page, "flagged-count") < auto);

    await type(page, "threshold-percent", "5 %");
    await flaggedIs(page, first[0]);
    assert.equal(await id(page, "threshold").innerText(), first[1], "5 percent is the contamination 0.05, to the last bit");
    assert.equal(await id(page, "setting-contamination").inputValue(), "0.05");

    const names = await page.evaluate(() => performance.getEntriesByType("measure").map((entry) => entry.name));
    assert.ok(!names.includes("isolog:fit") && !names.includes("isolog:score"), "nothing is fitted again");
    assert.deepEqual(await page.evaluate(() => window.stages), [], "the page never looks busy");
  }));

  test("what does not fit is named, and the threshold stays", () => onPage({}, async (page) => {
    await trySample(page);
    const before = await count(page, "flagged-count");
    for (const [field, text] of [["threshold-percent", "0"], ["threshold-percent", "60"], ["threshold-top", "-1"], ["threshold-score", "low"]]) {
      await type(page, field, text);
      assert.match(await id(page, "problem").innerText(), /threshold/i);
      assert.equal(await count(page, "flagged-count"), before);
    }
    await type(page, "threshold-top", "9");
    await flaggedIs(page, 9);
    assert.equal(await id(page, "problem").count(), 0);
  }));

  test("the keyboard moves the slider, which says where it is", () => onPage({}, async (page) => {
    await trySample(page);
    const slider = id(page, "threshold-slider");
    const before = await count(page, "flagged-count");
    const place = Number(await slider.inputValue());
    await slider.focus();
    for (let i = 0; i < 10; i += 1) await page.keyboard.press("ArrowRight");
    await page.waitForFunction((before) => Number(document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "")) > before, before);
    const after = Number(await slider.inputValue());
    assert.ok(after > place);
    await page.waitForFunction((after) => Math.abs(Number(document.querySelector('[data-testid="threshold"]').textContent) - after) < 1e-3, after);
    const flagged = await count(page, "flagged-count");
    const said = (await slider.getAttribute("aria-valuetext")).replace(/,/g, "");
    assert.ok(said.includes(`${flagged} of `), said);
    assert.ok(await slider.evaluate((element) => element.labels.length === 1), "it has a label");
    assert.equal(await runAgain(page), "ready");
    assert.equal(await count(page, "flagged-count"), flagged, "a run keeps the threshold");
  }));

  test("dragging on the histogram moves it, and only the last place counts", () => onPage({}, async (page) => {
    await trySample(page);
    await watchStages(page);
    const before = await count(page, "flagged-count");
    const chart = id(page, "chart-scores");
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    const at = (share) => page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    // the thumb of the slider stands below the line
    const [low, high, place] = await id(page, "threshold-slider").evaluate((slider) => [slider.min, slider.max, slider.value].map(Number));
    const slider = await id(page, "threshold-slider").boundingBox();
    const line = slider.x + 8 + ((place - low) / (high - low)) * (slider.width - 16);
    const first = (line - box.x) / box.width;
    assert.ok(first < 0.75, `the line is at ${first}`);
    await at(first);
    await page.mouse.down();
    for (let share = first; share < 0.8; share += 0.005) await at(share);
    await page.mouse.up();
    await page.waitForFunction((before) => Number(document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "")) > before, before);
    await page.waitForTimeout(500);
    const flagged = await count(page, "flagged-count");
    const words = await id(page, "comparison").innerText();
    assert.match(words, /threshold contamination 0\.05 → score -0\.\d+/, "compared with where the drag began");
    const [kept, , fresh] = words.match(/\d[\d,]*/g).map((number) => Number(number.replace(/,/g, "")));
    assert.deepEqual([kept, kept + fresh], [before, flagged]);
    assert.equal(columns((await download(page, "download-suspicious")).bytes).anomaly.length, flagged);
    assert.deepEqual(await page.evaluate(() => window.stages), [], "the page never looks busy");
  }));

  test("a phone shows slider and fields without scrolling sideways", () => onPage({}, async (page) => {
    await trySample(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    const [slider, chart] = [await id(page, "threshold-slider").boundingBox(), await id(page, "chart-scores").boundingBox()];
    assert.ok(slider.x >= chart.x && slider.x + slider.width <= chart.x + chart.width + 1);
  }));
});

describe("the comparison", () => {
  test("a change says what was kept, dropped and new, and which lines", () => onPage({}, async (page) => {
    await trySample(page);
    assert.equal(await id(page, "comparison").count(), 0, "nothing to compare with");
    const before = await count(page, "flagged-count");
    await id(page, "setting-seed").fill("7");
    assert.equal(await runAgain(page), "ready");
    const words = await id(page, "comparison").innerText();
    assert.match(words, /seed 42 → 7/);
    await id(page, "setting-seed").fill("42");
    await id(page, "feature-log1p_bytes_out").check();
    assert.equal(await runAgain(page), "ready");
    assert.match(await id(page, "comparison").innerText(), /log1p_bytes_out off → on, seed 7 → 42/);
    await page.locator(".comparison summary").click();
    assert.match(await id(page, "comparison-lines").innerText(), /line \d/);
    await trySample(page);
    assert.equal(await id(page, "comparison").count(), 0, "another file begins anew");
    assert.equal(await count(page, "flagged-count"), before);
  }));

  test("log1p keeps seven of the notebook's fifteen flags", async (t) => {
    const log = await shared(t, "data", "CloudWatch_Traffic_Web_Attack.csv");
    if (!log) return;
    await onPage({}, async (page) => {
      assert.equal(await analyse(page, "log.csv", log), "ready");
      for (const name of ["bytes_in", "bytes_out"]) {
        await id(page, `feature-${name}`).uncheck();
        await id(page, `feature-log1p_${name}`).check();
      }
      assert.equal(await runAgain(page), "ready");
      assert.match(await id(page, "comparison").innerText(), /^Kept 7, dropped 8, new 8,.* log1p_bytes_in off → on/);
    });
  });
});

describe("a result that says nothing", () => {
  test("a count that ties forbid is said, and the next is a key away", () => onPage({}, async (page) => {
    const fails = (i) => (i === 50 || i === 150 ? 9 + i : i % 10 === 4 ? 3 : i % 2);
    const log = "name,fails\n" + Array.from({ length: 250 }, (_, i) => `s${i},${fails(i)}`).join("\n") + "\n";
    assert.equal(await analyse(page, "ties.csv", log), "ready");
    await type(page, "threshold-top", "20");
    await says(page, "threshold-ties", /^Top 20 flags 2 alone: 25 sessions tie exactly at the threshold/);
    await id(page, "threshold-take-ties").press("Enter");
    await flaggedIs(page, 27);
    await id(page, "threshold-ties").waitFor({ state: "detached" });
    assert.equal(await id(page, "setting-contamination").inputValue(), "top 27");
  }));

  test("equal sessions are not suspicious", () => onPage({}, async (page) => {
    const log = "name,bytes,seconds\n" + Array.from({ length: 40 }, (_, i) => `s${i},7,300`).join("\n") + "\n";
    assert.equal(await analyse(page, "equal.csv", log), "failed");
    await says(page, "problem", /Every column of numbers has the same value/);
    for (const name of ["bytes", "seconds"]) await id(page, `feature-${name}`).check();
    await id(page, "setting-contamination").fill("auto");
    assert.equal(await runAgain(page), "ready");
    assert.equal(await count(page, "flagged-count"), 0);
    await says(page, "suspicious-caption", /nothing stands out/);
    await says(page, "warnings", /Nothing stands out: all 40 scored rows have the same feature values/);
    assert.equal(columns((await download(page, "download-suspicious")).bytes).anomaly.length, 40, "the file is scikit-learn's");
  }));
});

describe("accuracy", () => {
  const labelled = (label) => "bytes_in,bytes_out,label,side\n" + Array.from({ length: 60 }, (_, i) =>
    `${i < 3 ? 90000 + i : 100 + (i * 37) % 91},${200 + (i * 17) % 53},${label(i)},${i % 2 ? "left" : "right"}`).join("\n") + "\n";

  test("a label is recognised, can be changed, and is drawn", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "labelled.csv", labelled((i) => (i < 3 ? "attack" : "benign"))), "ready");
    assert.equal(await id(page, "setting-label").inputValue(), "label");
    assert.equal(await id(page, "label-anomaly").inputValue(), "attack");
    assert.equal(await id(page, "metric-roc-auc").getAttribute("value"), "1.0", "three huge sessions come first");
    for (const chart of ["chart-roc", "chart-pr"]) {
      await isDrawn(page, chart, 1000);
    }
    await type(page, "threshold-top", "6");
    await flaggedIs(page, 6);
    assert.equal(await id(page, "metric-precision").innerText(), "0.5");
    assert.equal(await id(page, "metric-recall").innerText(), "1");
    await id(page, "label-anomaly").selectOption("benign");
    await page.waitForFunction(() => document.querySelector('[data-testid="metric-roc-auc"]').value === "0.0");
    await id(page, "setting-label").selectOption("side");
    await page.waitForFunction(() => /with side /.test(document.querySelector('[data-testid="accuracy-notes"]').textContent));
    await id(page, "setting-label").selectOption("");
    await id(page, "accuracy").waitFor({ state: "detached" });
  }));

  test("a blank label means normal beside attacks only, and can be left out", () => onPage({}, async (page) => {
    const kinds = ["DoS", "Exploits", "Worms"];
    assert.equal(await analyse(page, "blank.csv", labelled((i) => kinds[i] ?? "")), "ready");
    assert.equal(await id(page, "label-blank").inputValue(), "normal");
    assert.equal(await id(page, "metric-roc-auc").getAttribute("value"), "1.0");
    assert.match(await id(page, "accuracy-notes").textContent(), /Measured on 60 rows: 3 with label .*, 57 blank ones as normal/);
    await id(page, "label-blank").selectOption("left_out");
    await says(page, "accuracy-notes", /accuracy cannot be measured here/);
  }));

  test("forty classes are searched, and those that are shown are chosen together", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "classes.csv", labelled((i) => (i < 40 ? `kind-${i}` : "normal"))), "ready");
    const boxes = page.locator('[data-testid="label-anomalies"] input[type="checkbox"]');
    assert.equal(await boxes.count(), 41);
    await id(page, "label-search").fill("KIND-1");
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="label-anomalies"] input[type="checkbox"]').length === 11);
    await id(page, "label-none").click();
    await says(page, "accuracy-notes", /Measured on 60 rows: 29 with label .* count as anomalies, 31 others as normal/);
  }));

  test("a label of one value cannot be measured, and that is said", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "constant.csv", labelled(() => 0)), "ready");
    assert.match(await id(page, "accuracy-notes").textContent(), /accuracy cannot be measured here/);
    assert.equal(await id(page, "chart-roc").count(), 0);
  }));

  for (const name of ["cardio", "pima"]) {
    test(`${name}: scikit-learn's figures to 1e-12`, async (t) => {
      const log = await shared(t, "data", "adbench", `${name}.csv.gz`);
      if (!log) return;
      const golden = JSON.parse(await readFile(new URL("../golden/explain/adbench.json", import.meta.url)));
      const expected = golden.find((set) => set.name === name);
      await onPage({}, async (page) => {
        assert.equal(await analyse(page, `${name}.csv`, gunzipSync(log)), "ready");
        assert.equal(await id(page, "setting-label").inputValue(), "label");
        await id(page, "setting-scale").uncheck();
        await id(page, "setting-duplicates").uncheck();
        for (const box of await page.locator('[data-testid^="feature-x"]').all()) await box.check();
        assert.equal(await runAgain(page), "ready");
        for (const [figure, key] of [["roc-auc", "roc_auc"], ["average-precision", "average_precision"], ["precision", "precision"], ["recall", "recall"]]) {
          const found = Number(await id(page, `metric-${figure}`).getAttribute("value"));
          assert.ok(Math.abs(found - expected[key]) < 1e-12, `${figure}: ${found}, not ${expected[key]}`);
        }
      });
    });
  }
});

test("derived features are offered with a word on what they are for, and off", () => onPage({}, async (page) => {
  await trySample(page);
  for (const name of ["log1p_bytes_in", "log1p_bytes_out", "bytes_ratio", "hour_of_day", "sessions_per_source_hour", "bytes_per_source_hour"]) {
    const box = id(page, `feature-${name}`);
    assert.equal(await box.isChecked(), false, name);
    assert.match(await page.locator(".feature", { has: box }).innerText(), /derived[\s\S]+(finds|compares)/, name);
  }
  assert.doesNotMatch((await download(page, "download-suspicious")).bytes.toString(), /per_source_hour/);
  await id(page, "feature-sessions_per_source_hour").check();
  await id(page, "feature-bytes_ratio").check();
  assert.equal(await runAgain(page), "ready");
  const header = (await download(page, "download-suspicious")).bytes.toString().split("\n")[0];
  assert.match(header, /,avg_packet_size,bytes_ratio,sessions_per_source_hour,/);
}));
