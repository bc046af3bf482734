// A browser on the built page, served under a sub-path as GitHub Pages does, with everything it asks for on record.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "../../tools/serve.mjs";

const tools = createRequire(new URL("../../tools/package.json", import.meta.url));
const { chromium } = tools("playwright-core");

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Starts a server, which keeps what it was asked for, and a browser, with more flags if need be; `close` closes both. */
export async function start(flags = []) {
  const folder = await mkdtemp(join(tmpdir(), "isolog-"));
  await cp(join(ROOT, "dist"), join(folder, "some", "where"), { recursive: true });
  const { server, url } = await serve(folder);
  const asked = [];
  server.on("request", (request) => asked.push(request.url));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: [...FLAGS, ...flags] });
  const close = async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true });
  };
  return { browser, address: `${url}some/where/`, asked, close };
}

/** Opens the page in a fresh context and waits until it can be used. */
export async function open({ browser, address }, options = {}) {
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const record = { requests: [], errors: [] };
  page.on("request", (request) => {
    // addresses of blobs and data name bytes that are on the page already
    if (!/^(blob|data):/.test(request.url())) record.requests.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) record.errors.push(message.text());
  });
  page.on("pageerror", (error) => record.errors.push(String(error)));
  if (options.before) await page.addInitScript(options.before);
  await page.goto(address);
  await id(page, "try-sample").waitFor();
  return { page, context, record };
}

/** Runs `body` on a fresh page and checks afterwards that nothing was asked for and nothing complained. */
export async function visit(site, options, body) {
  const { page, context, record } = await open(site, options);
  await page.waitForLoadState("networkidle");
  const loaded = record.requests.length;
  await body(page, context);
  assert.deepEqual(record.requests.slice(loaded), [], "no request after load");
  assert.ok(record.requests.every((url) => url.startsWith(site.address)), `only this site's files: ${record.requests}`);
  assert.deepEqual(record.errors, [], "no console error, warning or policy violation");
  await context.close();
}

/** The element with this `data-testid`. */
export const id = (page, name) => page.locator(`[data-testid="${name}"]`);

/** Waits until the run ends and returns the stage that it ended in. */
export async function ended(page) {
  const status = id(page, "status");
  await page.waitForFunction(() =>
    ["ready", "failed", "cancelled"].includes(document.querySelector('[data-testid="status"]').dataset.stage), null, { timeout: 120_000 });
  return status.getAttribute("data-stage");
}

/** Gives the page a file, and waits until the run ends. */
export async function analyse(page, name, text) {
  await id(page, "file-input").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  return ended(page);
}

/** Has the sample analysed. */
export async function trySample(page) {
  await id(page, "try-sample").click();
  assert.equal(await ended(page), "ready");
}

/** Presses *Run again* and waits until the run ends. */
export async function runAgain(page) {
  await id(page, "run").click();
  return ended(page);
}

/** Presses a download button and returns the file's name and bytes. */
export async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent("download"), id(page, name).click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** The digits of a count on the page as a number. */
export async function count(page, name) {
  return Number((await id(page, name).innerText()).replace(/\D/g, ""));
}

/** Waits until so many sessions are suspicious. */
export const flaggedIs = (page, wanted) => page.waitForFunction(
  (wanted) => Number(document.querySelector('[data-testid="flagged-count"]').textContent.replace(/\D/g, "")) === wanted, wanted);

/** Waits until a text on the page fits. */
export const says = (page, name, pattern) => page.waitForFunction(
  ([name, source]) => new RegExp(source).test(document.querySelector(`[data-testid="${name}"]`)?.textContent ?? ""),
  [name, pattern.source], { timeout: 60_000 });

/** Scrolls to a chart, and waits until more than so many of its pixels differ from its corner and it is described. */
export async function isDrawn(page, name, more) {
  await id(page, name).scrollIntoViewIfNeeded();
  await page.waitForFunction(([name, more]) => {
    const canvas = document.querySelector(`[data-testid="${name}"]`);
    if (!(canvas?.width > 0)) return false;
    // a copy, because the page's own canvas is not made for being read again and again
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const inked = pixels.reduce((sum, pixel) => sum + (pixel !== pixels[0]), 0);
    return inked > more && canvas.getAttribute("aria-label").length > 40;
  }, [name, more], { polling: 100 });
}

/** Columns of a CSV without quotes, as arrays of text by name. */
export function columns(bytes) {
  const [header, ...rows] = bytes.toString().trimEnd().split("\n").map((line) => line.split(","));
  return Object.fromEntries(header.map((name, i) => [name, rows.map((row) => row[i])]));
}

/** A file that may not be published, or null after saying that the test is skipped. */
export async function shared(test, ...path) {
  const full = join(ROOT, "..", "shared", ...path);
  if (existsSync(full)) return readFile(full);
  test.skip(`skipped: ../shared/${path.join("/")} is not on this machine`);
  return null;
}

/** The bits of a float as 16 hexadecimal digits. */
export function bits(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
