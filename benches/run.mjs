// `make bench`: the built page in Chromium and the notebook's steps in native Python, in turn, on the same logs.
//
// The variable ROWS lists the sizes of log, RUNS is how often each thing is measured, HUGE_GB adds a file of that size.
// What the figures mean is told in README.md beside this file.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { analyse } from "./page.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BENCHES = join(ROOT, "benches");
const WORK = join(ROOT, "target", "bench");
const CORES = cpus().length;

const ROWS = (process.env.ROWS || "1000000").split(/[\s,]+/).filter(Boolean).map(Number);
const RUNS = Number(process.env.RUNS || 3);
const HUGE_GB = Number(process.env.HUGE_GB || 0);

const cpuText = readFileSync("/proc/cpuinfo", "utf8");

const say = (text) => console.log(`bench: ${text}`);
const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28, ...options });

/** Returns the path of the log with so many rows; it is written again when the program that writes it has changed. */
function corpus(rows) {
  const writer = join(ROOT, "target", "release", "examples", "corpus");
  const path = join(WORK, `sessions-${rows}.csv`);
  const size = `${path}.size`;
  const isWhole = existsSync(path) && existsSync(size) && statSync(path).size === Number(readFileSync(size, "utf8"))
    && statSync(path).mtimeMs > statSync(writer).mtimeMs;
  if (!isWhole) {
    say(`writing a log of ${count(rows)} rows`);
    run(writer, [String(rows), `${path}.part`]);
    renameSync(`${path}.part`, path);
    writeFileSync(size, String(statSync(path).size));
  }
  return path;
}

/** Makes the virtual environment unless it is there as pinned; returns its Python. */
function python() {
  const folder = join(WORK, "venv");
  const pinned = ["requirements.txt", "requirements-isotree.txt"].map((name) => join(BENCHES, name));
  const stamp = join(folder, "made-from");
  const wanted = pinned.map((path) => readFileSync(path, "utf8")).join("");
  const command = join(folder, "bin", "python");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return command;
  say("making the virtual environment (isotree is built from source: minutes)");
  rmSync(folder, { recursive: true, force: true });
  run("python3", ["-m", "venv", folder]);
  const install = (path) => run(command, ["-m", "pip", "install", "--quiet", "--requirement", path]);
  install(pinned[0]);
  try {
    install(pinned[1]);
  } catch {
    say("isotree cannot be built here, so it is left out; pip's message is above");
  }
  writeFileSync(stamp, wanted);
  return command;
}

/** Runs notebook.py and returns what it prints. */
function notebook(command, args, environment = {}) {
  const env = { ...process.env, ...environment };
  // some machines tell OpenBLAS to do as on a lesser processor: numpy is to run as fast as it can
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  return JSON.parse(run(command, [join(BENCHES, "notebook.py"), ...args], { env }));
}

/** Shares of the machine that were busy with something else in the pauses between the runs, from 0 to 1. */
const busy = [];

/** Pauses, and notes how busy the machine is without us. */
async function breathe() {
  const read = () => readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).slice(1, 9).map(Number);
  const before = read();
  await pause(1000);
  const spent = read().map((ticks, i) => ticks - before[i]);
  const [, , , idle, waiting] = spent;
  busy.push(1 - (idle + waiting) / total(spent));
}

/** numpy takes 2 ** x from the C library as the page does, also where it would use AVX-512. */
const LIBM = cpuText.includes("avx512f") ? { NPY_DISABLE_CPU_FEATURES: "X86_V4 AVX512_ICL AVX512_SPR" } : {};

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const spread = (numbers) => seconds(median(numbers))
  + (numbers.length > 1 ? ` (${seconds(Math.min(...numbers))} to ${seconds(Math.max(...numbers))})` : "");
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
const count = (number) => number.toLocaleString("en-US");
const seconds = (s) => `${s.toFixed(s < 10 ? 2 : 1)} s`;
const milliseconds = (ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
const megabytes = (bytes) => `${count(Math.round(bytes / 1e6))} MB`;
const times = (ratio) => `${ratio.toFixed(1)} ×`;
const longest = (ms) => (ms < 50 ? "under 50 ms" : milliseconds(ms));

/** Measures page and notebook in turn on a log of so many rows; returns every run. */
async function measure(rows, command) {
  const path = corpus(rows);
  const folder = join(WORK, "notebook");
  mkdirSync(folder, { recursive: true });
  const runs = { path, bytes: statSync(path).size, page: [], single: [], notebook: [], scorers: [] };
  for (let i = 0; i < RUNS; i++) {
    await breathe();
    const page = await analyse(path, { followUps: i === 0 });
    runs.page.push(page);
    await breathe();
    const native = notebook(command, [path, folder]);
    runs.notebook.push(native);
    const single = await analyse(path, { workers: 1 });
    runs.single.push(single);
    runs.scorers.push(notebook(command, ["--scorers", path]));
    say(`${count(rows)} rows, run ${i + 1} of ${RUNS}: page ${seconds(page.measures.analysis / 1000)}, with one worker `
      + `${seconds(single.measures.analysis / 1000)}, notebook ${seconds(total(Object.values(native.seconds)))}`);
  }
  runs.results = notebook(command, ["--results", path, folder], LIBM);
  return runs;
}

/** What differs between the page's results and the notebook's, or that nothing does. */
function compare({ page, single, results }) {
  const differences = [...page, ...single].flatMap((run) => [
    ["rows read", run.rowsRead, results.rows_read],
    ["rows scored", run.rowsScored, results.rows_scored],
    ["flagged", run.flagged, results.flagged],
    ["SHA-256 of suspicious_results.csv", run.digest ?? results.suspicious_sha256, results.suspicious_sha256],
  ]).filter(([, ours, theirs]) => ours !== theirs).map(([what, ours, theirs]) => `${what}: ${ours}, not ${theirs}`);
  return differences.length ? `DIFFERENT: ${[...new Set(differences)].join("; ")}` : "same counts, same bytes";
}

/** Rows of the table about a log: what, the page, the notebook, how many times faster. */
function rowsOf(runs) {
  const { page, single, notebook, scorers, bytes } = runs;
  const ofPage = (get, of = page) => median(of.map(get));
  const stage = (name, of = page) => ofPage((run) => run.measures[name] / 1000, of);
  const steps = (...names) => notebook.map((run) => total(names.map((name) => run.seconds[name])));
  const everyStep = Object.keys(notebook[0].seconds);
  const whole = steps(...everyStep.filter((name) => name !== "plot"));
  const withPlot = steps(...everyStep);
  const analyses = page.map((run) => run.measures.analysis / 1000);
  const analysis = median(analyses);
  const reading = median(steps("read_csv", "drop_duplicates", "to_datetime"));
  const { rowsScored } = page[0];
  const perRow = (s) => `${Math.round((s / rowsScored) * 1e9)} ns a row`;
  const rate = (s) => `${seconds(s)}, ${Math.round(bytes / s / 1e6)} MB/s`;
  const scorer = (name) => median(scorers.map((run) => run.seconds[name]));
  const readAndScore = (of) => median(of.map((run) => (run.measures.read + run.measures.score) / 1000));
  const [{ thresholds, drag, seed }] = page;
  const lateness = [...new Set(drag.late)].sort((a, b) => a - b)
    .map((frames) => `${drag.late.filter((late) => late === frames).length} after ${frames}`);
  const table = [
    ["log to painted result, notebook without its plot", spread(analyses), spread(whole), times(median(whole) / analysis)],
    ["log to painted result, notebook with its plot", spread(analyses), spread(withPlot), times(median(withPlot) / analysis)],
    ["the same, from the event to the next frame", seconds(ofPage((run) => run.outside / 1000)), "", ""],
    ["read to typed columns, without duplicates", rate(stage("read")), rate(reading), times(reading / stage("read"))],
    ["fit, report, draw", ["fit", "report", "draw"].map((name) => milliseconds(1000 * stage(name))).join(", "), "", ""],
    ["score; scikit-learn `score_samples`, n_jobs=1", `${seconds(stage("score"))}, ${perRow(stage("score"))}`,
      perRow(scorer("scikit-learn")), times(scorer("scikit-learn") / stage("score"))],
    "isotree" in scorers[0].seconds
      ? [`score; isotree, ${CORES} threads`, perRow(stage("score")), perRow(scorer("isotree")), times(scorer("isotree") / stage("score"))]
      : ["score; isotree", perRow(stage("score")), "could not be built", ""],
    ["read and score; with one worker", seconds(readAndScore(page)), `${seconds(readAndScore(single))} (page)`,
      times(readAndScore(single) / readAndScore(page))],
    ["longest main-thread task; longest pause", `${longest(Math.max(...page.map((run) => run.longestTask)))}; `
      + milliseconds(Math.max(...page.map((run) => run.longestGap))), "", ""],
    ["peak memory (empty page)", `${megabytes(ofPage((run) => run.memory))} (${megabytes(ofPage((run) => run.idleMemory))})`,
      megabytes(median(notebook.map((run) => run.peak_bytes))), ""],
    ["threshold to 1, 2, 10, 20 and 5 %, repainted", thresholds.map((measures) => milliseconds(measures.threshold)).join(", ")
      + (thresholds.some((measures) => "fit" in measures) ? ", REFITTED" : ", no refit"), "", ""],
    ["another seed, repainted", `${seconds(seed.measures.analysis / 1000)}${"read" in seed.measures ? ", READ AGAIN" : ", no reading"}`, "", ""],
    [`threshold dragged over ${drag.places} places in ${seconds(total(drag.gaps) / 1000)}`,
      `${drag.late.length} shown: ${lateness.join(", ")} frames; `
      + `a frame took ${milliseconds(median(drag.gaps))}, at most ${milliseconds(Math.max(...drag.gaps))}`, "", ""],
    [`${count(page[0].flagged)} of ${count(rowsScored)} flagged`, compare(runs), "", ""],
  ];
  return table.map((cells) => [`${count(page[0].rowsRead)} rows, ${megabytes(bytes)}`, ...cells]);
}

/** Rows of the table about a file larger than the memory of many machines. */
async function hugeRows(rows) {
  const path = corpus(rows);
  const table = [];
  for (const keepDuplicates of [false, true]) {
    const name = keepDuplicates ? "every row kept" : "duplicate rows dropped";
    try {
      const run = await analyse(path, { size: HUGE_GB * 1e9, keepDuplicates });
      const s = run.measures.analysis / 1000;
      table.push([`${count(run.rowsRead)} rows, ${megabytes(run.bytes)}`, `log to painted result, ${name}`,
        `${seconds(s)}, ${Math.round(run.bytes / s / 1e6)} MB/s, ${count(run.rowsScored)} rows scored, ${megabytes(run.memory)}, `
        + `longest task ${longest(run.longestTask)}`, "", ""]);
    } catch (error) {
      process.exitCode = 1;
      table.push([`${HUGE_GB} GB`, `log to painted result, ${name}`, `FAILED: ${error.message.split("\n").join(" ")}`, "", ""]);
    }
  }
  return table;
}

/** How time grows from the smallest log to the largest. */
function growthRows(measured) {
  if (measured.length < 2) return [];
  const [small, large] = [measured[0], measured.at(-1)];
  const analysis = (runs) => median(runs.page.map((run) => run.measures.analysis));
  return [[`${count(large.page[0].rowsRead)} against ${count(small.page[0].rowsRead)} rows`, "log to painted result",
    `${times(analysis(large) / analysis(small))} the time for ${times(large.page[0].rowsRead / small.page[0].rowsRead)} the rows`, "", ""]];
}

if (!existsSync(join(ROOT, "dist", "index.html"))) {
  console.error("bench: there is no dist/ to measure.\n  Try: make dist");
  process.exit(1);
}
mkdirSync(WORK, { recursive: true });
run("cargo", ["build", "--release", "--locked", "--quiet", "--example", "corpus"]);
const command = python();
const measured = [];
for (const rows of ROWS.toSorted((a, b) => a - b)) measured.push(await measure(rows, command));
const body = [...measured.flatMap(rowsOf), ...growthRows(measured), ...(HUGE_GB ? await hugeRows(Math.max(...ROWS)) : [])];
if (measured.some((runs) => compare(runs).startsWith("DIFFERENT"))) process.exitCode = 1;

const line = (cells) => `| ${cells.join(" | ")} |`;
const { versions } = measured[0].notebook[0];
const { isotree } = measured[0].scorers[0];
const machine = [
  `${/^model name\s*:\s*(.*)$/m.exec(cpuText)?.[1] ?? "unknown processor"}, ${CORES} cores, ${Math.round(100 * median(busy))} % busy with other things between the runs`,
  `headless Chromium ${measured[0].page[0].browser}`,
  ...Object.entries({ ...versions, ...(isotree && { isotree }) }).map(([name, version]) => `${name} ${version}`),
];
const text = [
  `${RUNS > 1 ? `Medians of ${RUNS} runs` : "One run"}, page and Python in turn, on: ${machine.join("; ")}.`,
  "",
  line(["log", "what", "Isolog in the browser", "native Python", "times faster"]),
  line(["---", "---", "---:", "---:", "---:"]),
  ...body.map(line),
  "",
].join("\n");
writeFileSync(join(WORK, "result.md"), text);
console.log(`\n${text}`);
