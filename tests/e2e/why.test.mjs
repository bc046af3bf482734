// Why rows are flagged, and how sure that is, from the visitor's side.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { columns, count, download, ended, id, open, runAgain, says, start } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

/** Runs `body` on a page with the sample's result, and checks that nothing was asked for and nothing complained. */
async function onSample(body) {
  const { page, context, record } = await open(site);
  await page.waitForLoadState("networkidle");
  const loaded = record.requests.length;
  await id(page, "try-sample").click();
  assert.equal(await ended(page), "ready");
  await firstRow(page).locator("td").nth(4).waitFor();
  await body(page);
  assert.deepEqual(record.requests.slice(loaded), [], "no request after load");
  assert.deepEqual(record.errors, [], "no console error, warning or policy violation");
  await context.close();
}

const row = (page, rank) => id(page, "flagged-table").locator(`tr[aria-rowindex="${rank + 1}"]`).last();
const firstRow = (page) => row(page, 1);
const cell = (page, rank, column) => row(page, rank).locator("td").nth(column);
const WHY = 2;
const SEEDS = 3;

const done = (page) => page.waitForFunction(() => !document.querySelector('[data-testid="cancel-stability"]'), null, { timeout: 120_000 });

describe("reasons", () => {
  test("a click says why in words, numbers and bars", () => onSample(async (page) => {
    await firstRow(page).click();
    await says(page, "details-reasons", /bytes_out [\d.]+ MB is (above [\d.]+ % of|the largest of)/);
    assert.match(await id(page, "details-reasons").innerText(), /times the median/);
    assert.match(await id(page, "details-clearance").innerText(), /would/i);
    assert.match(await id(page, "details-sureness").innerText(), /not tried yet/);
    assert.equal(await id(page, "details-bars").locator("li").count(), 3);
    assert.match(await id(page, "details-bars").innerText(), /[+−]\d+\.\d\d/);
    const fields = await id(page, "details-fields").innerText();
    assert.match(fields, /creation_time\s+2026-/);
    assert.match(await cell(page, 1, WHY).innerText(), /bytes|duration/);
  }));

  test("the keyboard opens, moves and closes", () => onSample(async (page) => {
    await firstRow(page).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await says(page, "details", /Why session 2 is flagged/);
    await page.keyboard.press("ArrowDown");
    await says(page, "details", /Why session 3 is flagged/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await says(page, "details", /Why session 1 is flagged/);
    await page.keyboard.press("ArrowUp");
    await says(page, "details", /Why session 1 is flagged/);
    assert.ok(await id(page, "details-previous").isDisabled());
    await id(page, "details-next").click();
    await says(page, "details", /Why session 2 is flagged/);
    await id(page, "details").focus();
    await page.keyboard.press("Escape");
    assert.equal(await id(page, "details").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-rowindex")), "3", "the focus is back on the row");
  }));

  test("the last row is reached from the panel, and its row comes into view", () => onSample(async (page) => {
    const n = await count(page, "flagged-count");
    await firstRow(page).click();
    for (let rank = 1; rank < n; rank += 1) await id(page, "details-next").click();
    await says(page, "details", new RegExp(`Why session ${n} is flagged`));
    await says(page, "details-reasons", /./);
    await row(page, n).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "details-next", "the focus stays where there is no next");
    assert.equal(await id(page, "details-next").getAttribute("aria-disabled"), "true");
  }));

  test("what drives the flags is summed up", () => onSample(async (page) => {
    await says(page, "drivers", /What makes the flagged sessions stand apart: .*bytes_out \d+ %/);
    await firstRow(page).click();
    await id(page, "setting-contamination").fill("0.01");
    assert.equal(await runAgain(page), "ready");
    assert.equal(await id(page, "details").count(), 1, "another threshold keeps what is open");
    await says(page, "drivers", /stand apart/);
    await id(page, "setting-seed").fill("7");
    assert.equal(await runAgain(page), "ready");
    assert.equal(await id(page, "details").count(), 0, "the details of another result are gone");
    await says(page, "drivers", /stand apart/);
  }));
});

describe("other seeds", () => {
  test("five seeds say how sure each flag is", () => onSample(async (page) => {
    await id(page, "setting-stability-seeds").fill("5");
    await firstRow(page).click();
    await id(page, "run-stability").click();
    await says(page, "stability-summary", /^5 other seeds: of \d+ suspicious sessions, they flag \d+ always.*depend/);
    await done(page);
    assert.match(await cell(page, 1, SEEDS).innerText(), /^100 % always$/);
    assert.match(await id(page, "details-sureness").innerText(), /always: flagged by 5 of 5 other seeds/);
    const n = await count(page, "flagged-count");
    await id(page, "flagged-table").evaluate((table) => { table.parentElement.scrollTop = 1e6; });
    await row(page, n).waitFor();
    await page.waitForFunction((at) => /%/.test([...document.querySelectorAll(`[data-testid="flagged-table"] tr[aria-rowindex="${at}"] td`)][3]?.textContent), n + 1);

    await id(page, "run-more-trees").click();
    await says(page, "stability-more-trees", /With 300 trees instead of 100, \d+ sessions depend on the seed instead of \d+/);
    await done(page);
  }));

  test("a trial can be cancelled, and a new run ends it", () => onSample(async (page) => {
    await id(page, "setting-stability-seeds").fill("500");
    await id(page, "run-stability").click();
    await says(page, "stability-summary", /other seeds?:/);
    await id(page, "cancel-stability").click();
    assert.equal(await id(page, "cancel-stability").count(), 0);
    const summary = await id(page, "stability-summary").innerText();
    const tried = Number(summary.match(/^\d+/)[0]);
    assert.ok(tried > 0 && tried < 500, summary);
    await page.waitForTimeout(400);
    assert.equal(await id(page, "stability-summary").innerText(), summary, "nothing comes late");

    await id(page, "run-stability").click();
    await id(page, "setting-seed").fill("7");
    assert.equal(await runAgain(page), "ready");
    assert.equal(await id(page, "cancel-stability").count(), 0);
    await page.waitForTimeout(400);
    assert.equal(await id(page, "stability-summary").innerText(), "");
  }));

  test("a number of seeds that makes no sense is named", () => onSample(async (page) => {
    for (const text of ["0", "501", "many"]) {
      await id(page, "setting-stability-seeds").fill(text);
      await id(page, "run-stability").click();
      assert.match(await id(page, "problem").innerText(), /not a number of seeds/);
    }
  }));
});

describe("exports", () => {
  test("explanation columns are added on request, after all others", () => onSample(async (page) => {
    const plain = {};
    for (const name of ["download-scored", "download-suspicious"]) plain[name] = (await download(page, name)).bytes.toString().split("\n");
    await id(page, "setting-stability-seeds").fill("4");
    await id(page, "run-stability").click();
    await says(page, "stability-summary", /^4 other seeds/);
    await done(page);
    assert.deepEqual((await download(page, "download-suspicious")).bytes.toString().split("\n"), plain["download-suspicious"], "off at first");
    await id(page, "setting-explain-exports").check();
    for (const [name, added] of [["download-scored", 4], ["download-suspicious", 6]]) {
      const { bytes } = await download(page, name);
      const lines = bytes.toString().split("\n");
      assert.equal(lines.length, plain[name].length);
      lines.forEach((line, i) => {
        assert.ok(line.startsWith(plain[name][i]), line);
        if (line) assert.equal(line.split(",").length, plain[name][i].split(",").length + added);
      });
      const cells = columns(bytes);
      cells.anomaly.forEach((verdict, i) => {
        assert.equal(cells.attribution_bytes_out[i] !== "", verdict !== "Not scored", "every scored session of a small log");
        if (verdict !== "Not scored") assert.ok([0, 0.25, 0.5, 0.75, 1].includes(Number(cells.stability[i])), cells.stability[i]);
      });
    }
  }));
});
