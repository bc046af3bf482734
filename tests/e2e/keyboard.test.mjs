// The main job without a mouse, and where the focus is meanwhile.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { columns, count, ended, id, open, start } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

/** Runs `body` on a fresh page and checks afterwards that nothing complained. */
async function onPage(body) {
  const { page, context, record } = await open(site);
  await body(page);
  assert.deepEqual(record.errors, []);
  await context.close();
}

/** Says what has the focus: its `data-testid`, else its text or its element. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  return element.dataset.testid ?? (element.textContent.trim().slice(0, 40) || element.tagName);
});

/** Presses Tab until the focus is where `isThere` wants it; every stop on the way must be visible and outlined. */
async function tabTo(page, isThere, what) {
  for (let i = 0; i < 300; i += 1) {
    if (await page.evaluate(isThere)) return;
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return { text: "the page", isSeen: true };
      // a file input that is hidden lends its outline to its label
      const shown = element.matches("input[type=file]") ? element.closest("label") : element;
      const box = shown.getBoundingClientRect();
      return {
        text: shown.outerHTML.slice(0, 120),
        isSeen: getComputedStyle(shown).outlineStyle !== "none" && box.width > 0
          && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      };
    });
    assert.ok(stop.isSeen, `the focus cannot be seen on ${stop.text}`);
  }
  assert.fail(`Tab never comes to ${what}`);
}

const tabToId = (page, name) => tabTo(page,
  `document.activeElement.dataset.testid === ${JSON.stringify(name)}`, name);

/** Waits for a file that a key press brings. */
async function pressForFile(page, key) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press(key)]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

describe("by keyboard alone", () => {
  test("sample, first row, threshold, download", () => onPage(async (page) => {
    await tabToId(page, "try-sample");
    await page.keyboard.press("Enter");
    assert.equal(await ended(page), "ready");
    assert.equal(await focused(page), "try-sample", "the focus stays where it was");

    await tabToId(page, "threshold-slider");
    const before = await count(page, "flagged-count");
    for (let i = 0; i < 12; i += 1) await page.keyboard.press("ArrowRight");
    await page.waitForFunction((before) =>
      Number(document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "")) > before, before);
    await page.waitForFunction(() => document.querySelector('[data-testid="comparison"]'));
    await page.waitForTimeout(1200);
    const flagged = await count(page, "flagged-count");
    const words = await id(page, "comparison").innerText();
    assert.match(words, /threshold contamination 0\.05 →/, "compared with where the keys began, not with the last step");
    assert.equal(await focused(page), "threshold-slider");

    await tabTo(page, () => document.activeElement.matches('[data-testid="flagged-table"] tbody *'), "the first row");
    await page.keyboard.press("Enter");
    await id(page, "details").locator(".reason").waitFor();
    assert.notEqual(await focused(page), "BODY");

    await page.evaluate(() => document.activeElement.blur());
    await tabToId(page, "download-suspicious");
    const file = await pressForFile(page, "Enter");
    assert.equal(file.name, "suspicious_results.csv");
    assert.equal(columns(file.bytes).anomaly.length, flagged);
  }));

  test("a run keeps the focus on its button, and Cancel gives it back", () => onPage(async (page) => {
    await id(page, "try-sample").focus();
    await page.keyboard.press("Enter");
    assert.equal(await ended(page), "ready");
    await id(page, "setting-seed").fill("7");
    await id(page, "run").focus();
    await page.keyboard.press("Enter");
    assert.equal(await ended(page), "ready");
    assert.equal(await focused(page), "run");

    await id(page, "setting-trees").fill("10000");
    await id(page, "run").focus();
    await page.keyboard.press("Enter");
    assert.equal(await id(page, "run").getAttribute("aria-disabled"), "true");
    await page.keyboard.press("Enter");
    await id(page, "cancel").focus();
    await page.keyboard.press("Enter");
    assert.equal(await ended(page), "cancelled");
    assert.equal(await focused(page), "run");
    assert.match(await id(page, "status").innerText(), /none before to be compared with/);

    // a run that ends by itself hands the focus on as well
    await id(page, "run").focus();
    await page.keyboard.press("Enter");
    await id(page, "cancel").focus();
    assert.equal(await ended(page), "ready");
    assert.equal(await focused(page), "run");
  }));

  test("Escape closes what is open and leaves the focus on its button", () => onPage(async (page) => {
    for (const box of ["promise", "paste"]) {
      const isOpen = () => page.locator(`.${box}`).evaluate((details) => details.open);
      await page.locator(`.${box} summary`).focus();
      await page.keyboard.press("Enter");
      assert.ok(await isOpen(), box);
      if (box === "paste") await id(page, "paste").focus();
      await page.keyboard.press("Escape");
      assert.ok(!await isOpen(), box);
      assert.ok(await page.locator(`.${box} summary`).evaluate((summary) => summary === document.activeElement), box);
    }
  }));

  test("the paste box closes over its result", () => onPage(async (page) => {
    await page.locator(".paste summary").focus();
    await page.keyboard.press("Enter");
    await id(page, "paste").fill("a,b\n" + Array.from({ length: 30 }, (_, i) => `${i * i},${i % 7}`).join("\n"));
    await id(page, "analyse-pasted").focus();
    await page.keyboard.press("Enter");
    assert.equal(await ended(page), "ready");
    assert.ok(!await page.locator(".paste").evaluate((details) => details.open));
    assert.notEqual(await focused(page), "BODY");
  }));
});
