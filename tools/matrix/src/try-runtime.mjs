/** Tries one runtime: the probe, a log under strace, a kill storm, and on Node the packages' own tests. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { killStorm } from "../../deaths/src/kill-storm.mjs";
import { callsOf, promisesKept } from "../../deaths/src/system-calls.mjs";

/** @typedef {import("../../deaths/src/runtimes.mjs").Runtime} Runtime */

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const pathTo = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * What the packages do there. Rejects with what the probe said when it fails.
 * @param {Runtime} runtime
 * @param {number} seeds of the crash explorer
 * @returns {Promise<import("./results.mjs").Seen>}
 */
export async function probe({ command, args }, seeds) {
  const words = [...args, pathTo("probe.mjs"), String(seeds), command, ...args];
  const { stdout } = await run(command, words);
  return JSON.parse(stdout);
}

/**
 * Acknowledgements that strace saw a durable write before; 0 where nothing can be traced.
 * @param {Runtime} runtime
 */
export async function tracedSyncs({ command, args }) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "stria-matrix-trace-")));
  const [output, log] = [join(directory, "strace"), join(directory, "log")];
  const calls = "trace=openat,fsync,fdatasync,pwrite64,write,ftruncate,unlink";
  const words = ["-f", "-y", "-e", calls, "-o", output, command, ...args];
  try {
    await run("strace", ["-e", "trace=none", process.execPath, "--version"]);
  } catch {
    // Not installed, or not allowed: the table says so.
    rmSync(directory, { recursive: true });
    return 0;
  }
  try {
    await run("strace", [...words, pathTo("../../deaths/src/traced.mjs"), log, "synchronous"]);
    const { tally, missing } = promisesKept(callsOf(readFileSync(output, "utf8")), log);
    if (missing.length > 0) throw new Error(missing.join(", "));
    return tally.groups;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Writers killed in that runtime, and all they acknowledged looked for.
 * @param {Runtime} runtime
 * @param {number} kills
 * @param {number} seed
 */
export async function storm(runtime, kills, seed) {
  const directory = mkdtempSync(join(tmpdir(), "stria-matrix-storm-"));
  const tally = await killStorm({ directory, runtime, kills, seed });
  if (tally.acknowledgements === 0) throw new Error("no writer lived to acknowledge anything");
  rmSync(directory, { recursive: true });
  return { kills: tally.kills, acknowledgements: tally.acknowledgements };
}

/** Test files that say something of a runtime: bytes, files, threads, ciphers; not the long explorations. */
const files = [
  "packages/core/test/append.test.ts",
  "packages/core/test/append-sync.test.ts",
  "packages/core/test/durability",
  "packages/core/test/golden-logs.test.ts",
  "packages/core/test/producer",
  "packages/core/test/read.test.ts",
  "packages/core/test/retention.test.ts",
  "packages/core/test/seed.test.ts",
  "packages/node-fs/test/node-",
  "packages/node-fs/test/storage-contract.test.ts",
  "packages/node-fs/test/crc32.test.ts",
  "packages/node-fs/test/flush-thread.test.ts",
  "packages/node-fs/test/zero-ahead.test.ts",
  "packages/encryption/test/log.test.ts",
  "packages/encryption/test/golden-logs.test.ts",
  "packages/encryption/test/runtime-choice.test.ts",
];

/**
 * The packages' own tests under that Node, in their short form.
 * @param {Runtime} runtime
 * @returns {Promise<number>} how many passed; rejects when one failed
 */
export async function packageTests({ command }) {
  const directory = mkdtempSync(join(tmpdir(), "stria-matrix-tests-"));
  const report = join(directory, "report.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const projects = ["core", "node-fs", "encryption"].map((name) => `--project=${name}`);
  const words = [
    "run",
    ...projects,
    "--reporter=json",
    "--testTimeout=120000",
    `--outputFile=${report}`,
    ...files,
  ];
  const env = {
    ...process.env,
    STRIA_SIM_CYCLES: "240",
    STRIA_FUZZ_RUNS: "20",
    STRIA_THREAD_RECORDS: "100",
  };
  try {
    await run(command, [vitest, ...words], { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }).catch(
      (error) => {
        // A failed test ends it with an error, too; the report says which.
        if (!existsSync(report)) throw error;
      },
    );
    /** @type {{ numPassedTests: number, success: boolean, testResults: TestFile[] }} */
    const { numPassedTests, success, testResults } = JSON.parse(readFileSync(report, "utf8"));
    if (!success || numPassedTests === 0) throw new Error(failures(testResults));
    return numPassedTests;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * @typedef {object} TestFile the part of Vitest's report on one file that is read here
 * @property {string} name of the file
 * @property {string} status `passed` or `failed`
 * @property {string} message why it could not be loaded
 * @property {{ status: string, fullName: string, failureMessages: string[] }[]} assertionResults its tests
 */

/** @param {TestFile[]} testResults */
function failures(testResults) {
  const failed = testResults.filter(({ status }) => status === "failed");
  const lines = failed.flatMap(({ name, message, assertionResults }) =>
    [`${name} ${message}`].concat(
      assertionResults
        .filter(({ status }) => status === "failed")
        .map(({ fullName, failureMessages }) => `  ${fullName}: ${failureMessages.join(" ")}`),
    ),
  );
  return `tests failed:\n${lines.join("\n")}`;
}
