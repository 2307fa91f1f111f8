/**
 * `pnpm run sim --seeds N`: the crash explorer over Stria itself, every seed in all four durability
 * modes, on two threads. Ends with an error on a finding. `--replay "…"` runs one finding again;
 * `--seed N` starts there, `--mode M` keeps to one mode, `--jobs N` sets the threads.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { install, pnpmCommand, quietEnvironment, root } from "./setup.mjs";
import { StepError, runStep } from "./step.mjs";

/**
 * What a thread reports after each seed of a mode.
 * @typedef {{ cycles: number, nonces: number, finding?: { violation: string, message: string, replay: string } }} Report
 */

const { values } = parseArgs({
  // pnpm hands the separator through.
  args: process.argv.slice(2).filter((word) => word !== "--"),
  options: {
    seeds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    mode: { type: "string" },
    replay: { type: "string" },
  },
});

try {
  await install();
  const words = ["exec", "turbo", "run", "build", "--filter=@stria/testkit"];
  const options = { cwd: root, env: quietEnvironment };
  await runStep("Building", [...pnpmCommand(), ...words], options);
  process.exitCode = values.replay === undefined ? await explore() : await replay(values.replay);
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @param {string} text */
async function replay(text) {
  const path = join(root, "packages", "testkit", "dist", "scenarios", "index.js");
  /** @type {typeof import("../packages/testkit/src/scenarios/index.ts")} */
  const { replayScenario } = await import(pathToFileURL(path).href);
  const finding = await replayScenario(text);
  if (finding === undefined) {
    console.log("No promise is broken.");
    return 0;
  }
  console.log(`${finding.violation}: ${finding.message}`);
  if (finding.cause !== undefined) console.log(finding.cause);
  return 1;
}

async function explore() {
  const first = whole("seed", values.seed, 0);
  const seeds = whole("seeds", values.seeds, 1);
  const jobs = Math.min(whole("jobs", values.jobs, 1), seeds);
  const modes = values.mode === undefined ? 4 : 1;
  const totals = { runs: 0, cycles: 0, nonces: 0, findings: 0 };
  const start = performance.now();
  /** @param {Report} report */
  const note = ({ cycles, nonces, finding }) => {
    totals.runs += 1;
    totals.cycles += cycles;
    totals.nonces += nonces;
    if (finding !== undefined) {
      totals.findings += 1;
      const again = `pnpm run sim --replay "${finding.replay}"`;
      line(`${finding.violation}: ${finding.message}\n    ${again}\n`);
    }
    progress(totals.runs / (seeds * modes), `${totals.cycles} cycles, ${totals.findings} findings`);
  };
  await Promise.all(
    Array.from({ length: jobs }, (_, job) =>
      thread({ first: first + job, end: first + seeds, step: jobs, mode: values.mode }, note),
    ),
  );
  const seconds = (performance.now() - start) / 1000;
  const { cycles, nonces, findings } = totals;
  line(
    `seeds ${first}-${first + seeds - 1} in ${modes === 4 ? "4 modes" : values.mode}, ${cycles} cycles, ` +
      `${Math.round(cycles / seconds)} cycles/s, ${nonces} nonces, ${findings} findings\n`,
  );
  return findings === 0 ? 0 : 1;
}

/**
 * @param {{ first: number, end: number, step: number, mode: string | undefined }} share
 * @param {(report: Report) => void} note
 * @returns {Promise<void>} when the thread has done its share
 */
function thread(share, note) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("sim-worker.mjs", import.meta.url), {
      workerData: share,
      // Nearly everything a life allocates is dead at its end: room for it to die young.
      resourceLimits: { maxYoungGenerationSizeMb: 96 },
    });
    worker.on("message", note);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

/**
 * @param {number} share done, 0 to 1
 * @param {string} text
 */
function progress(share, text) {
  if (!process.stdout.isTTY) return;
  const done = Math.round(share * 30);
  line(`[${"#".repeat(done)}${".".repeat(30 - done)}] ${Math.floor(share * 100)} %, ${text}`);
}

/** @param {string} text replaces the line the progress bar stands in */
function line(text) {
  process.stdout.write(process.stdout.isTTY ? `\r\u001B[K${text}` : text);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} least
 */
function whole(name, text, least) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`--${name} must be a whole number of at least ${least}, not ${text}`);
}
