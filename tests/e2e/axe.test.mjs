// What axe-core finds in every state of the page, wide and narrow, light and dark: nothing.
//
// Its source is evaluated by the debugger, so the page keeps its own policy while it is looked at.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { analyse, ended, id, isDrawn, open, start } from "./support.mjs";

const tools = createRequire(new URL("../../tools/package.json", import.meta.url));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

let site;
let axe;
before(async () => {
  [site, axe] = await Promise.all([start(), readFile(tools.resolve("axe-core/axe.min.js"), "utf8")]);
});
after(async () => { await site?.close(); });

/** Adds what axe-core has against the page as it is. */
async function look(page, state, found) {
  const violations = await page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { runOnly: rules });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map(({ target, failureSummary }) =>
      `${target.join(" ")} ${failureSummary.replace(/\s+/g, " ")}`).join("\n    ")}`);
  }, RULES);
  found.push(...violations.map((violation) => `${state}: ${violation}`));
}

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [["wide", { width: 1440, height: 900 }], ["phone", { width: 390, height: 844 }]]) {
    test(`${name}, ${colorScheme}: no violation in any state`, async () => {
      const { page, context, record } = await open(site, { colorScheme, viewport });
      const found = [];
      await page.evaluate(axe);
      await look(page, "empty", found);

      for (const box of ["promise", "paste"]) {
        await page.locator(`.${box} summary`).click();
        await look(page, `the ${box} box open`, found);
        await page.keyboard.press("Escape");
      }

      assert.equal(await analyse(page, "log.json", '{"a": 1}\n{"a": 2}\n'), "failed");
      await look(page, "a file that cannot be used", found);

      await id(page, "try-sample").click();
      assert.equal(await ended(page), "ready");
      await id(page, "flagged-table").locator("td:not(.pending):not([colspan])").first().waitFor();
      await isDrawn(page, "chart-heatmap", 500);
      await look(page, "result", found);

      await id(page, "flagged-table").locator("tbody tr:not(.spacer)").first().click();
      await id(page, "details").locator(".reason").waitFor();
      await page.evaluate(() => { for (const fold of document.querySelectorAll(".results details")) fold.open = true; });
      await look(page, "a row's details and everything folded open", found);

      await id(page, "setting-contamination").fill("2");
      await id(page, "run").click();
      assert.equal(await ended(page), "failed");
      await look(page, "a setting that does not fit", found);

      await id(page, "setting-contamination").fill("0.05");
      await id(page, "setting-trees").fill("10000");
      await id(page, "setting-max-samples").fill("1.0");
      await id(page, "run").click();
      await look(page, "busy", found);
      assert.ok(!["ready", "failed"].includes(await id(page, "status").getAttribute("data-stage")), "it was still busy");
      await id(page, "cancel").click();
      assert.equal(await ended(page), "cancelled");
      await look(page, "cancelled", found);
      assert.equal(found.length, 0, found.join("\n"));
      assert.deepEqual(record.errors, []);
      await context.close();
    });
  }
}
