// The table of sessions, from the visitor's side: all rows, orders, columns, copies, keys.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { columns, count, download, ended, id, open, says, start } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

/** Runs `body` on a page with the sample's result, and checks that nothing was asked for and nothing complained. */
async function onSample(body) {
  const { page, context, record } = await open(site);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.waitForLoadState("networkidle");
  const loaded = record.requests.length;
  await id(page, "try-sample").click();
  assert.equal(await ended(page), "ready");
  await row(page, 0).locator("td").nth(4).waitFor();
  await body(page);
  assert.deepEqual(record.requests.slice(loaded), [], "no request after load");
  assert.deepEqual(record.errors, [], "no console error, warning or policy violation");
  await context.close();
}

const table = (page) => id(page, "flagged-table");
const row = (page, place) => table(page).locator(`tbody tr[aria-rowindex="${place + 2}"]`);
const heading = (page, title) => table(page).getByRole("columnheader", { name: title, exact: true });
const n_listed = async (page) => Number(await table(page).getAttribute("aria-rowcount")) - 1;
const focused = (page) => page.evaluate(() => Number(document.activeElement.getAttribute("aria-rowindex")) - 2);
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Waits until the row at a place has the focus. */
const focuses = (page, place) => page.waitForFunction(
  (at) => document.activeElement.getAttribute("aria-rowindex") === String(at), place + 2);

/** The texts of a column, of the rows in the document. */
const texts = async (page, title) => {
  const titles = await table(page).locator("thead th").evaluateAll((cells) => cells.map((cell) => cell.title));
  return table(page).locator("tbody tr:not(.spacer)").evaluateAll(
    (rows, column) => rows.map((row) => row.cells[column]?.textContent), titles.indexOf(title));
};

async function listAll(page) {
  await id(page, "list-all").check();
  const n = await count(page, "rows-clean");
  await page.waitForFunction((n) => document.querySelector('[data-testid="flagged-table"]').getAttribute("aria-rowcount") === String(n + 1), n);
  await row(page, 5).locator("td").nth(4).waitFor();
  return n;
}

describe("what is listed", () => {
  test("suspicious sessions at first, all on request", () => onSample(async (page) => {
    assert.equal(await n_listed(page), await count(page, "flagged-count"));
    await listAll(page);
    await heading(page, "Verdict").waitFor();
    await id(page, "list-suspicious").check();
    await page.waitForFunction(() => !document.querySelector('[data-testid="flagged-table"] th[title="Verdict"]'));
    assert.equal(await n_listed(page), await count(page, "flagged-count"));
  }));

  test("a heading orders by its column, and turns the order round", () => onSample(async (page) => {
    await listAll(page);
    const button = heading(page, "bytes_out").getByRole("button");
    for (const [direction, sign] of [["ascending", 1], ["descending", -1]]) {
      await button.click();
      await table(page).locator(`th[title="bytes_out"][aria-sort="${direction}"]`).waitFor();
      await page.waitForFunction((sign) => {
        const table = document.querySelector('[data-testid="flagged-table"]');
        const column = [...table.querySelectorAll("thead th")].findIndex((cell) => cell.title === "bytes_out");
        const numbers = [...table.querySelectorAll("tbody tr:not(.spacer)")].map((row) => Number(row.cells[column]?.textContent));
        return numbers.length > 10 && numbers.every((number, i) => i === 0 || sign * (number - numbers[i - 1]) >= 0);
      }, sign);
    }
    assert.equal(await button.evaluate((button) => document.activeElement === button), true, "the focus stays on the heading");
    assert.equal(await table(page).locator("th[aria-sort]").count(), 1);
    await heading(page, "Line").getByRole("button").click();
    await page.waitForFunction(() => document.querySelector('[data-testid="flagged-table"] th[title="Line"]').getAttribute("aria-sort"));
    await row(page, 0).locator("td").nth(4).getByText("2", { exact: true }).waitFor();
    assert.deepEqual((await texts(page, "Line")).slice(0, 3), ["2", "3", "4"]);
  }));

  test("columns can be hidden, all but one", () => onSample(async (page) => {
    const n = await table(page).locator("th").count();
    await page.locator(".columns > summary").click();
    await id(page, "columns-shown").getByLabel("bytes_in", { exact: true }).uncheck();
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid="flagged-table"] th').length === n - 1, n);
    assert.equal(await heading(page, "bytes_in").count(), 0);
    await id(page, "columns-none").click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="flagged-table"] th').length === 1);
    await id(page, "columns-all").click();
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid="flagged-table"] th').length === n, n);
  }));
});

describe("keys", () => {
  test("every key that moves keeps the focus on a row", () => onSample(async (page) => {
    const n = await listAll(page);
    await row(page, 0).focus();
    for (const [key, place] of [["PageDown", 15], ["PageDown", 30], ["ArrowUp", 29], ["PageUp", 14], ["End", n - 1], ["ArrowUp", n - 2], ["Home", 0]]) {
      await page.keyboard.press(key);
      await focuses(page, place);
    }
    for (let i = 0; i < 40; i += 1) await page.keyboard.press("PageDown");
    await focuses(page, Math.min(600, n - 1));
    // rows that are scrolled away leave the focus in the table
    await table(page).evaluate((table) => { table.parentElement.scrollTop = 0; });
    await row(page, 0).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.contains(document.querySelector('[data-testid="flagged-table"]'))), true);
  }));

  test("any row opens, also one that is not suspicious, and closes to where it was", () => onSample(async (page) => {
    const n = await listAll(page);
    await row(page, 0).focus();
    await page.keyboard.press("End");
    await focuses(page, n - 1);
    await page.keyboard.press("Enter");
    // the sample ends in rows without a feature
    await says(page, "details", /Why line [\d,]+ was not scored/);
    await says(page, "details-reasons", /because \w+ has no value/);
    assert.ok(await id(page, "details-next").isDisabled());
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction((at) => document.querySelector("tr[aria-current]")?.getAttribute("aria-rowindex") === at, String(n));
    await page.keyboard.press("Escape");
    assert.equal(await id(page, "details").count(), 0);
    assert.equal(await focused(page), n - 2);
    for (const place of [n - 17, n - 32, n - 47]) {
      await page.keyboard.press("PageUp");
      await focuses(page, place);
    }
    await page.keyboard.press("Enter");
    await says(page, "details", /Line [\d,]+ is not flagged/);
    await says(page, "details-clearance", /above the threshold/);
    await says(page, "details-verdict", /Normal/);
  }));

  test("? lists the keys, but not while someone types", () => onSample(async (page) => {
    await row(page, 0).focus();
    await page.keyboard.press("?");
    await id(page, "keys").waitFor();
    assert.match(await id(page, "keys").innerText(), /Open the details of the row/);
    await page.keyboard.press("Escape");
    await id(page, "keys").waitFor({ state: "hidden" });
    await id(page, "setting-seed").focus();
    await page.keyboard.press("?");
    assert.equal(await id(page, "keys").isVisible(), false);
  }));
});

describe("copies", () => {
  test("a cell, and rows as a spreadsheet takes them", () => onSample(async (page) => {
    await row(page, 0).focus();
    for (let i = 0; i < 4; i += 1) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Control+c");
    await says(page, "copied", /Copied the cell/);
    assert.equal(await clipboard(page), await row(page, 0).locator("td").nth(4).innerText());

    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await says(page, "picked", /^3 rows selected$/);
    await page.keyboard.press("Control+c");
    await says(page, "copied", /Copied 3 rows/);
    const lines = (await clipboard(page)).trimEnd().split("\n");
    assert.equal(lines.length, 4);
    assert.deepEqual(lines[0].split("\t").slice(0, 5), ["Rank", "Score", "Why", "Seeds", "Line"]);
    assert.equal(lines[1].split("\t")[0], "1");
    await id(page, "copy-csv").click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("Rank,Score,Why"));
  }));

  test("copies hold the pseudonyms that files do", () => onSample(async (page) => {
    const originals = (await texts(page, "src_ip")).slice(0, 3);
    await id(page, "setting-anonymise").check();
    const { bytes } = await download(page, "download-suspicious");
    const pseudonyms = columns(bytes).src_ip;
    await row(page, 0).focus();
    const place = await table(page).locator("thead th").evaluateAll((cells) => cells.findIndex((cell) => cell.title === "src_ip"));
    for (let i = 0; i < place; i += 1) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Control+c");
    await says(page, "copied", /Copied the cell/);
    const cell = await clipboard(page);
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await says(page, "picked", /^3 rows selected$/);
    await page.keyboard.press("Control+c");
    await says(page, "copied", /Copied 3 rows/);
    const [titles, ...rows] = (await clipboard(page)).trimEnd().split("\n").map((line) => line.split("\t"));
    const copied = rows.map((cells) => cells[titles.indexOf("src_ip")]);
    assert.ok(copied.every((address) => pseudonyms.includes(address)), `${copied}`);
    assert.ok(originals.every((address) => !copied.includes(address)), `${copied}`);
    assert.equal(copied[0], cell);
  }));
});

describe("the threshold", () => {
  test("details stay open while it moves, and a trial says why it ended", () => onSample(async (page) => {
    await row(page, 0).click();
    await says(page, "details-reasons", /./);
    await id(page, "setting-stability-seeds").fill("3");
    await id(page, "run-stability").click();
    await says(page, "stability-summary", /^3 other seeds/);
    const before = await count(page, "flagged-count");
    await page.locator('input[type="range"]').first().focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((before) => document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "") !== String(before), before);
    await says(page, "stability-summary", /The flags changed/);
    await says(page, "details", /Why session 1 is flagged/);
    await says(page, "details-reasons", /./);
    await page.waitForFunction(() => document.querySelector('[data-testid="flagged-table"]').getAttribute("aria-rowcount")
      === String(Number(document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "")) + 1));
  }));
});
