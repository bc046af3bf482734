// The built page on data that may not be published; each test says so where it must skip.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { analyse, bits, columns, count, download, id, open, runAgain, shared, start } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

const LOG = ["data", "CloudWatch_Traffic_Web_Attack.csv"];

test("the notebook's log gives the notebook's files byte for byte", async (t) => {
  const [log, suspicious, summary] = [
    await shared(t, ...LOG),
    await shared(t, "data", "notebook_outputs", "suspicious_results.csv"),
    await shared(t, "data", "notebook_outputs", "traffic_stats_summary.csv"),
  ];
  if (!(log && suspicious && summary)) return;
  const { page, context } = await open(site);
  assert.equal(await analyse(page, "log.csv", log), "ready");
  assert.equal(await count(page, "rows-read"), 282);
  assert.equal(await count(page, "flagged-count"), 15);
  assert.ok((await download(page, "download-suspicious")).bytes.equals(suspicious), "suspicious_results.csv");
  assert.ok((await download(page, "download-summary")).bytes.equals(summary), "traffic_stats_summary.csv");
  await context.close();
});

test("five seeds give scikit-learn's scores, in WebAssembly", async (t) => {
  const [log, golden] = [await shared(t, ...LOG), await shared(t, "facts", "golden", "cloudwatch.json")];
  if (!(log && golden)) return;
  const { page, context } = await open(site);
  assert.equal(await analyse(page, "log.csv", log), "ready");
  for (const [seed, expected] of Object.entries(JSON.parse(golden).by_random_state)) {
    await id(page, "setting-seed").fill(seed);
    assert.equal(await runAgain(page), "ready");
    const { score } = columns((await download(page, "download-scored")).bytes);
    assert.deepEqual(score.map((text) => bits(Number(text))), expected.score_bits, `scores of seed ${seed}`);
    assert.equal(bits(Number(await id(page, "threshold").innerText())), expected.offset_bits, `offset of seed ${seed}`);
  }
  await context.close();
});

for (const set of ["pima", "shuttle", "mammography", "http"]) {
  test(`${set}: scikit-learn's flags and scores, in WebAssembly`, async (t) => {
    const [log, golden] = [await shared(t, "data", "adbench", `${set}.csv.gz`), await shared(t, "data", "adbench", "expected.json")];
    if (!(log && golden)) return;
    const { page, context } = await open(site);
    assert.equal(await analyse(page, `${set}.csv`, gunzipSync(log)), "ready");
    assert.equal(await id(page, "feature-label").isChecked(), false, "the label is no feature");
    await id(page, "setting-scale").uncheck();
    // the sets hold rows that repeat: as sets of numbers they are all to be kept
    await id(page, "setting-duplicates").uncheck();
    for (const box of await page.locator('[data-testid^="feature-x"]').all()) await box.check();
    for (const [seed, expected] of Object.entries(JSON.parse(golden)[`${set}.csv.gz`])) {
      await id(page, "setting-seed").fill(seed);
      assert.equal(await runAgain(page), "ready");
      assert.equal(await count(page, "rows-scored"), expected.rows);
      assert.equal(await count(page, "flagged-count"), expected.flagged);
      const { score, anomaly } = columns((await download(page, "download-scored")).bytes);
      const big = Buffer.alloc(8 * score.length);
      score.forEach((text, i) => big.writeDoubleBE(Number(text), 8 * i));
      assert.equal(createHash("sha256").update(big).digest("hex"), expected.scores_sha256, `scores of seed ${seed}`);
      const flagged = anomaly.flatMap((verdict, i) => (verdict === "Suspicious" ? [i] : [])).join("\n");
      assert.equal(createHash("sha256").update(flagged).digest("hex"), expected.flagged_sha256, `flags of seed ${seed}`);
      assert.equal(bits(Number(await id(page, "threshold").innerText())), expected.offset_bits, `offset of seed ${seed}`);
    }
    await context.close();
  });
}
