// How each column is read: said, switched, chosen by keyboard, kept in the link and the project.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { analyse, download, ended, id, start, visit } from "./support.mjs";

let site;
before(async () => { site = await start(); });
after(async () => { await site?.close(); });

const onPage = (options, body) => visit(site, options, body);

/** 200 rows whose amount can be thousandths or thousands; the dates of some can be of either order. */
function log() {
  const rows = ["when\tamount\tname"];
  for (let i = 0; i < 200; i++) rows.push(`0${4 + i % 2}/0${5 + i % 2}/2024 10:${10 + i % 50}\t${10 + i % 80}.${100 + i * 37 % 900}\thost-${i % 7}`);
  return `${rows.join("\n")}\n`;
}

/** What describe() says is the largest value of the feature. */
const largest = async (page) => {
  const summary = (await download(page, "download-summary")).bytes.toString();
  return Number(summary.split("\n").find((line) => line.startsWith("max,")).split(",")[1]);
};

const openDetails = (page) => page.locator("details", { has: page.locator("summary", { hasText: "How the file was read" }) })
  .evaluate((details) => { details.open = true; });

describe("how each column is read", () => {
  test("what the file leaves open comes first and is switched by its button", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "log.tsv", log()), "ready");
    const notes = await id(page, "warnings").locator("li").allInnerTexts();
    assert.match(notes[0], /^when holds dates such as “04\/05\/2024 10:10”.*nothing in the file settles which/);
    assert.match(notes[1], /^200 cells of amount have a mark before three digits, such as “10\.100” \(first at line 2\)/);
    assert.ok(await largest(page) < 100);
    await id(page, "note-switch").nth(1).click();
    assert.equal(await ended(page), "ready");
    assert.ok(await largest(page) > 80_000);
    await page.waitForFunction(() => location.hash.includes("columns=amount:comma"));
    await openDetails(page);
    assert.match(await id(page, "columns").innerText(), /“10\.100” is 10100 \(you chose it\)/);
    assert.equal(await id(page, "column-reading-1").inputValue(), "comma");
  }));

  test("a choice is made, taken back, and applied without a mouse", () => onPage({}, async (page) => {
    assert.equal(await analyse(page, "log.tsv", log()), "ready");
    await openDetails(page);
    await id(page, "column-reading-0").focus();
    await id(page, "column-reading-0").selectOption("dmy");
    assert.match(await id(page, "columns").innerText(), /Changed since the file was read/);
    await id(page, "columns-undo").press("Enter");
    assert.equal(await id(page, "column-reading-0").inputValue(), "");
    await id(page, "column-reading-0").selectOption("dmy");
    await id(page, "column-role-2").selectOption("user_agent");
    await id(page, "columns-apply").press("Enter");
    assert.equal(await ended(page), "ready");
    assert.match(await id(page, "columns").innerText(), /“04\/05\/2024 10:10” is 2024-05-04 10:10:00 \(you chose it\)/);
    assert.match(await id(page, "columns").innerText(), /2 choices in force/);
    await page.waitForFunction(() => /columns=when:dmy/.test(location.hash) && /roles=name:user_agent/.test(location.hash));
  }));

  test("a link and a project bring the choices back", () => onPage({}, async (page) => {
    await page.evaluate(() => { location.hash = "columns=amount:comma,gone:text"; });
    assert.equal(await analyse(page, "log.tsv", log()), "ready");
    assert.ok(await largest(page) > 80_000);
    await page.waitForFunction(() => /This file has no column called gone/.test(document.querySelector('[data-testid="remarks"]').innerText));
    const project = (await download(page, "project-save")).bytes;
    await page.evaluate(() => { location.hash = "seed=42"; });
    await page.waitForFunction(() => !location.hash.includes("columns") && document.querySelector('[data-testid="status"]').dataset.stage === "ready");
    assert.ok(await largest(page) < 100);
    await id(page, "project-open").first().setInputFiles({ name: "isolog-project.json", mimeType: "application/json", buffer: project });
    await page.waitForFunction(() => location.hash.includes("columns=amount:comma"));
    assert.equal(await ended(page), "ready");
    assert.ok(await largest(page) > 80_000);
  }));
});
