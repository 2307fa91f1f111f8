/**
 * `pnpm run controls`: breaks a copy of the core on purpose, one line at a time, and runs the tests that
 * must see it. Ends with "N of N caught" and writes the table into docs/durability.md. Names of mutations
 * (parts of them) as arguments run those alone and leave the table as it is.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeControlsTable } from "./controls-table.mjs";
import { mutations } from "./mutations.mjs";
import { install, quietEnvironment, root } from "./setup.mjs";
import { StepError } from "./step.mjs";

/** @typedef {import("./mutations.mjs").Mutation} Mutation */

/** Copies that work side by side. */
const lanes = 2;
/** Crashes the explorer's tests recover from with each mutation. */
const cycles = "2400";

const wanted = process.argv.slice(2).filter((word) => word !== "--");
const chosen = mutations.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
);
/** @type {string[]} */
const copies = [];
try {
  await install();
  for (let lane = 0; lane < lanes; lane++) copies.push(copyWorkspace());
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}

async function run() {
  const tests = [...new Set(chosen.map(({ test }) => test))];
  const failure = await failingTest(copies[0] ?? "", tests);
  if (failure !== undefined) throw new StepError(`without any mutation, this fails: ${failure}`);
  /** @type {Map<string, string>} */
  const caught = new Map();
  const queue = chosen.slice();
  const lane = async (/** @type {string} */ copy) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const test = await withMutation(copy, next);
      console.log(
        `${test === undefined ? "NOT CAUGHT" : "caught"}: ${next.name}\n    ${test ?? ""}`,
      );
      if (test !== undefined) caught.set(next.name, test);
    }
  };
  await Promise.all(copies.map(lane));
  if (wanted.length === 0 && caught.size === mutations.length) {
    writeControlsTable(
      mutations.map(({ name, breaks }) => ({ name, breaks, test: caught.get(name) ?? "" })),
    );
  }
  console.log(`${caught.size} of ${chosen.length} caught`);
  return caught.size === chosen.length ? 0 : 1;
}

/**
 * Breaks the copy, runs the test, repairs it.
 * @param {string} copy
 * @param {Mutation} mutation
 */
async function withMutation(copy, { name, file, edits, test }) {
  const path = join(copy, "packages", "core", "src", file);
  const original = readFileSync(path, "utf8");
  let broken = original;
  for (const [from, to] of edits) {
    if (broken.split(from).length !== 2)
      throw new StepError(`${name}: does not match once in ${file}`);
    broken = broken.replace(from, () => to);
  }
  writeFileSync(path, broken);
  try {
    return await failingTest(copy, [test]);
  } finally {
    writeFileSync(path, original);
  }
}

/**
 * The first test that fails, as `file › suite › test`; `undefined` if all pass.
 * @param {string} copy
 * @param {readonly string[]} tests
 * @returns {Promise<string | undefined>}
 */
async function failingTest(copy, tests) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const bail = ["--bail=1", "--no-file-parallelism", "--reporter=json", `--outputFile=${report}`];
  const output = await finished([vitest, "run", ...bail, ...tests], copy);
  /** @type {{ testResults: { name: string, message: string, assertionResults: { status: string, title: string, ancestorTitles: string[] }[] }[] }} */
  let results;
  try {
    results = JSON.parse(readFileSync(report, "utf8"));
  } catch (error) {
    throw new StepError(`the tests did not run: ${String(error)}\n${output}`);
  }
  if (results.testResults.length === 0) throw new StepError(`no test ran: ${output}`);
  for (const { name, assertionResults } of results.testResults) {
    const file = name.slice(name.indexOf("packages/"));
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return [file, ...failed.ancestorTitles, failed.title].join(" › ");
  }
  // A copy that cannot even be loaded proves nothing.
  const lost = results.testResults.find(({ assertionResults }) => assertionResults.length === 0);
  if (lost !== undefined) throw new StepError(`${lost.name} did not load: ${lost.message}`);
  return undefined;
}

/**
 * @param {string[]} words
 * @param {string} cwd
 * @returns {Promise<string>} what it printed
 */
function finished(words, cwd) {
  const env = { ...quietEnvironment, STRIA_SIM_CYCLES: cycles, STRIA_FUZZ_RUNS: "50" };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (text) => (output += String(text)));
    child.stderr.on("data", (text) => (output += String(text)));
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

/** What the tests need, somewhere else: the real sources are never touched. */
function copyWorkspace() {
  const copy = mkdtempSync(join(tmpdir(), "stria-controls-"));
  for (const name of [
    "packages/core",
    "packages/testkit",
    "fixtures",
    "docs",
    "tsconfig.base.json",
  ]) {
    const skipped = /\/(?:dist|coverage|\.turbo)(?:\/|$)/;
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !skipped.test(path.slice(root.length)),
    });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const config = `export default { test: { projects: ["packages/*/vitest.config.ts"] } };\n`;
  writeFileSync(join(copy, "vitest.config.mjs"), config);
  return copy;
}
