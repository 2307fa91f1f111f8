/**
 * `npm test`: sets the checkout up, runs every package's tests in one Vitest run and closes with the
 * plain line "N passed, N failed, N skipped". Arguments go to Vitest: `npm test -- packages/core`.
 * Ends with an error when a test failed, or when none ran.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium } from "./chromium.mjs";
import { findFirefox } from "./firefox.mjs";
import { build, install, quietEnvironment, root } from "./setup.mjs";
import { StepError } from "./step.mjs";

/**
 * The part of Vitest's JSON report that is read here.
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 */

const totals = { passed: 0, failed: 0, skipped: 0 };
if (!(await succeeds(install))) {
  console.log("0 passed, 1 failed, 0 skipped");
  process.exit(1);
}
// A build that fails is a failure of its own; what needs no build is tested all the same.
if (!(await succeeds(build))) totals.failed += 1;

const reportDirectory = mkdtempSync(join(tmpdir(), "stria-test-"));
try {
  const reportFile = join(reportDirectory, "report.json");
  const status = runVitest(reportFile);
  const failed = addReport(reportFile);
  // An unhandled error outside any test, or Vitest itself gave up: what it printed says which.
  if (status !== 0 && failed === 0) totals.failed += 1;
} finally {
  rmSync(reportDirectory, { recursive: true, force: true });
}
addBrowserTests();
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;

/**
 * Runs a step of the set-up; what went wrong is on the terminal when it resolves to `false`.
 * @param {() => Promise<void>} step
 */
async function succeeds(step) {
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(error.message);
    return false;
  }
}

/**
 * Runs all projects of the root vitest.config.ts; its readable report goes to the terminal.
 * @param {string} reportFile where the JSON report goes
 */
function runVitest(reportFile) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const args = [vitest, "run", ...reporters, ...process.argv.slice(2)];
  const run = spawnSync(process.execPath, args, {
    cwd: root,
    env: quietEnvironment,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return run.status ?? 1;
}

/**
 * Adds a report to the totals.
 * @param {string} reportFile
 * @returns {number} how many failures it names
 */
function addReport(reportFile) {
  if (!existsSync(reportFile)) return 0;
  const before = totals.failed;
  /** @type {{ testResults: FileResult[] }} */
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === "passed") totals.passed += 1;
      else if (test.status === "failed") totals.failed += 1;
      else totals.skipped += 1;
    }
    // A file that cannot even be loaded reports no tests, only its own failure.
    const lost =
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed");
    if (lost) totals.failed += 1;
  }
  return totals.failed - before;
}

/** Counts the files of browser tests as skipped where no browser can run them, and says so. */
function addBrowserTests() {
  if (findFirefox() === undefined) {
    totals.skipped += 1;
    console.log("Skipped, as no Firefox was named (set FIREFOX_PATH): the storage in Firefox");
  }
  if (findChromium() !== undefined) return;
  const files = browserTestFiles();
  if (files.length === 0) return;
  totals.skipped += files.length;
  console.log(`Skipped, as no Chromium was found (set CHROMIUM_PATH): ${files.join(", ")}`);
}

/** @returns {string[]} */
function browserTestFiles() {
  return ["packages", "apps"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, "test")))
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".browser.test.ts"))
        .map((file) => join(folder, file)),
    );
}
