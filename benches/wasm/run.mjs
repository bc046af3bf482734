// Builds the benchmark for wasm32, runs it in V8 and prints the processor time of each measure: the median of seven runs.
// `node benches/wasm/run.mjs`, or with the path of a module that is built already.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${here}target`;

function build() {
  const options = { cwd: here, stdio: 'inherit', env: { ...process.env, CARGO_TARGET_DIR: target } };
  execFileSync('cargo', ['build', '--release', '--target', 'wasm32-unknown-unknown'], options);
  return `${target}/wasm32-unknown-unknown/release/isolog_bench.wasm`;
}

const module = new WebAssembly.Module(readFileSync(process.argv[2] ?? build()));
// the page's imports; reading and scoring call none but the one for random bytes, which may be zeros here
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => 0;
// without the hashes that wasm-bindgen's own tool would take off
const exports = Object.entries(new WebAssembly.Instance(module, imports).exports);
const calls = Object.fromEntries(exports.map(([name, call]) => [name.replace(/_[0-9a-f]{16}$/, ''), call]));

function median(measure) {
  const times = Array.from({ length: 8 }, () => {
    const before = process.cpuUsage();
    measure();
    const { user, system } = process.cpuUsage(before);
    return (user + system) * 1000;
  });
  return times.slice(1).sort((a, b) => a - b)[3]; // the first run compiles
}

const kinds = ['normal', 'traffic', 'countries'];
const shapes = [[0, 1e6, 3], [1, 1e6, 3], [0, 1e5, 3], [1, 1e5, 3], [0, 1e5, 10], [1, 1e5, 10], [0, 1e5, 30], [1, 1e5, 30], [2, 1e5, 30]];
console.log('rows       features              path lengths   scores   (ns a row)   decode   threshold   (ms)');
for (const [kind, rows, features] of shapes) {
  calls.setup(kind, rows, features);
  const perRow = (measure) => (median(measure) / rows).toFixed(0).padStart(8);
  const inMs = (measure) => (median(measure) / 1e6).toFixed(1).padStart(8);
  console.log(
    `${rows.toLocaleString('en').padEnd(10)} ${features.toString().padStart(2)} ${kinds[kind].padEnd(16)} ` +
      `${perRow(calls.path_lengths)}      ${perRow(calls.scores)}               ${inMs(calls.decode)}   ${inMs(calls.threshold_of_scores)}`,
  );
}

const sessions = 300_000;
const size = calls.setup_log(BigInt(sessions));
const steps = ['read_log', 'absorb_log', 'read_to_lead', 'fit', 'prepare', 'score', 'report'];
const times = Object.fromEntries(steps.map((name) => [name, []]));
for (let run = 0; run < 8; run += 1) {
  for (const name of steps) {
    const before = process.cpuUsage();
    calls[name]();
    const { user, system } = process.cpuUsage(before);
    times[name].push(user + system);
  }
}
const time = (step) => times[step].slice(1).sort((a, b) => a - b)[3];
const perSession = (step) => `${((time(step) * 1000) / sessions).toFixed(0)} ns`;
console.log(
  `\n${sessions.toLocaleString('en')} sessions, ${(size / 1e6).toFixed(0)} MB: read to typed columns ${perSession('read_log')} a session ` +
    `(${(size / time('read_log')).toFixed(0)} MB/s), taken into the table without duplicates ${perSession('absorb_log')}; ` +
    ['fit', 'prepare', 'score', 'report'].map((step) => `${step} ${perSession(step)}`).join(', '),
);
