// What is easily broken in the style sheet and hardly seen: a brace, a name, a size beside the scale.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(`../${path}`, import.meta.url), "utf8");
const style = (await read("style/isolog.css")).replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
const bare = style.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');

/** The names of all matches of a pattern's first group. */
const names = (text, pattern) => new Set([...text.matchAll(pattern)].map((match) => match[1]));

test("every brace of the style sheet has its other", () => {
  let depth = 0;
  bare.split("\n").forEach((line, i) => {
    for (const brace of line.match(/[{}]/g) ?? []) {
      depth += brace === "{" ? 1 : -1;
      assert.ok(depth >= 0 && depth <= 3, `line ${i + 1}: depth ${depth}`);
    }
    if (/^@media/.test(line)) assert.equal(depth, line.includes("}") ? 0 : 1, `line ${i + 1}: the block before is still open`);
  });
  assert.equal(depth, 0);
});

test("custom properties are defined and used", async () => {
  const sources = await readdir(new URL("../src", import.meta.url), { recursive: true });
  const rust = (await Promise.all(sources.filter((path) => path.endsWith(".rs")).map((path) => read(`src/${path}`)))).join("\n");
  const defined = names(bare, /(?<![\w-])(--[\w-]+)\s*:/g);
  const set = names(rust, /style:(--[\w-]+)/g);
  const used = names(bare, /var\(\s*(--[\w-]+)/g);
  assert.deepEqual([...used].filter((name) => !defined.has(name) && !set.has(name)), [], "used, not defined");
  const isReadByCode = (name) => rust.includes(`"${name}"`);
  assert.deepEqual([...defined].filter((name) => !used.has(name) && !isReadByCode(name)), [], "defined, not used");
});

test("letters and gaps keep to the scales", () => {
  const values = (property) => [...bare.matchAll(new RegExp(`(?<![\\w-])${property}\\s*:\\s*([^;}]+)`, "g"))].map((match) => match[1].trim());
  const letters = /^(var\(--(tiny|small|body|large|huge)\)|inherit|100%)$/;
  assert.deepEqual(values("font-size").filter((size) => !letters.test(size)), []);
  const gaps = /^(var\(--s[1-6]\)|0)( (var\(--s[1-6]\)|0))?$/;
  assert.deepEqual(values("gap").filter((size) => !gaps.test(size)), []);
});

test("the focus is never hidden, and nothing moves for those who do not want it", () => {
  assert.doesNotMatch(bare, /outline\s*:\s*(none|0)\b/);
  const still = bare.replace(/@media \(prefers-reduced-motion: no-preference\) \{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "");
  assert.doesNotMatch(still, /(?<![\w-])(transition|animation)\s*:|@keyframes|scroll-behavior:\s*smooth/);
});
