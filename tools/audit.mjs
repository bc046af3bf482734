// Runs Lighthouse on the built page, prints its four scores, and fails where one is below its goal.
//
// One audit is left out: Lighthouse asks for robots.txt from within the page, and the page forbids itself every request: one
// that is there fails it, too.
// The score for performance follows the machine and its load, so it is printed only.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "./serve.mjs";

const GOALS = { accessibility: 1, "best-practices": 1, seo: 1, performance: 0 };

const lighthouse = fileURLToPath(new URL("../.tools/lighthouse/node_modules/lighthouse/cli/index.js", import.meta.url));
const { server, url } = await serve(fileURLToPath(new URL("../dist", import.meta.url)));
const { stdout } = await promisify(execFile)(process.execPath, [
  lighthouse, url, "--quiet", "--output=json", "--no-enable-error-reporting", "--skip-audits=robots-txt",
  `--only-categories=${Object.keys(GOALS)}`, "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
], { env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" }, maxBuffer: 1 << 28 });
server.close();

const { categories, audits } = JSON.parse(stdout);
for (const [name, goal] of Object.entries(GOALS)) {
  const { score, auditRefs } = categories[name];
  console.log(`${name.padEnd(16)} ${Math.round(score * 100)}`);
  for (const { id, weight } of auditRefs) {
    const { score: part, title, displayValue = "" } = audits[id] ?? {};
    if (weight > 0 && part !== null && part < 0.9) console.log(`    ${title} ${displayValue}`);
  }
  if (!(score >= goal)) process.exitCode = 1;
}
