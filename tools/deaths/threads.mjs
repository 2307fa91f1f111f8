/**
 * Many threads, one log, in earnest numbers: every record once, dense LSNs, each thread's own order,
 * batches whole, nothing acknowledged lost; then the same with workers terminated, and with the process
 * killed, at random:
 *   node tools/deaths/threads.mjs [--workers 8] [--records 250000] [--mode MODE] [--terminate 12]
 *     [--kills 10] [--runtime node|node24|deno|bun] [--flusher inline|worker] [--seed N]
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { countOf, seedOf } from "./src/numbers.mjs";
import { missing, runtimeOf } from "./src/runtimes.mjs";

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "8" },
    records: { type: "string", default: "250000" },
    mode: { type: "string" },
    terminate: { type: "string", default: "12" },
    kills: { type: "string", default: "10" },
    runtime: { type: "string", default: "node" },
    flusher: { type: "string", default: "inline" },
    seed: { type: "string" },
  },
});
const modes =
  values.mode === undefined
    ? ["synchronous", "group-commit", "async", "async-batched"]
    : [values.mode];
const workers = countOf("--workers", values.workers);
const records = countOf("--records", values.records);
const terminate = countOf("--terminate", values.terminate);
const kills = countOf("--kills", values.kills);
const runtime = runtimeOf(values.runtime);
const { flusher } = values;
const seed = seedOf(values.seed);
const programs = new URL("../../packages/node-fs/test/fixtures/threads/", import.meta.url);
/** The asynchronous ways; one that blocks its thread for every record would make the run one of days. */
const ways = ["append", "appendBatch", "appendAsync", "mode"];

const reason = missing(runtime);
if (reason === undefined) await run();
else console.log(`threads skipped: ${reason}`);

async function run() {
  console.log(`threads: ${workers} x ${records} records on ${runtime.name}, seed ${seed}`);
  const root = mkdtempSync(join(tmpdir(), "stria-threads-"));
  try {
    for (const mode of modes) {
      const common = { durability: { mode }, flusher, ways, inFlight: 64, seed };
      await whole("all live", { ...common, workers, records, terminate: 0 }, root);
      const fewer = { ...common, workers: 2, records: Math.ceil(records / 8) };
      await whole("terminated", { ...fewer, terminate, liveMs: 400 }, root);
      await killed({ ...common, workers, records }, root);
    }
    rmSync(root, { recursive: true });
    console.log("threads passed");
  } catch (error) {
    console.error(`threads failed, the log is kept in ${root}`);
    console.error(error);
    process.exitCode = 1;
  }
}

/**
 * A run that comes to its end, some of its workers perhaps before theirs; the program checks the log.
 * @param {string} what
 * @param {{ durability: { mode: string } } & Record<string, unknown>} options
 * @param {string} root
 */
async function whole(what, options, root) {
  const start = performance.now();
  const given = JSON.stringify({ ...options, directory: join(root, "log") });
  const { stdout } = await promisify(execFile)(runtime.command, [
    ...runtime.args,
    program("main.mjs"),
    given,
  ]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${options.durability.mode}, ${what}: ${stdout.trim()}, ${seconds} s`);
}

/**
 * Kills the process after a number of acknowledgements, again and again, and looks for all of them.
 * @param {{ durability: { mode: string } } & Record<string, unknown>} options
 * @param {string} root
 */
async function killed(options, root) {
  let told = 0;
  let recovered = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const directory = join(root, `killed-${kill}`);
    const more = { directory, tells: true, seed: seed + kill };
    const acknowledged = await killAfter(
      { ...options, ...more },
      50 + ((seed + kill * 7919) % 5000),
    );
    const { stdout } = await promisify(execFile)(process.execPath, [
      program("recovered.mjs"),
      directory,
    ]);
    const { last, counts } = JSON.parse(stdout);
    for (const [worker, at] of acknowledged) {
      if (at >= (counts[worker] ?? 0)) {
        throw new Error(`record ${at} of worker ${worker} was acknowledged and is gone`);
      }
    }
    told += acknowledged.length;
    recovered += last;
    rmSync(directory, { recursive: true });
  }
  const figures = JSON.stringify({ kills, acknowledged: told, recovered });
  console.log(`${options.durability.mode}, killed: ${figures}`);
}

/**
 * @param {object} options
 * @param {number} count
 * @returns {Promise<[worker: string, at: number][]>}
 */
async function killAfter(options, count) {
  const child = spawn(
    runtime.command,
    [...runtime.args, program("main.mjs"), JSON.stringify(options)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  /** @type {[worker: string, at: number][]} */
  const acknowledged = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [worker = "", at] = line.split(" ");
    acknowledged.push([worker, Number(at)]);
    if (acknowledged.length === count) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (child.signalCode !== "SIGKILL") throw new Error(`it ended with ${child.exitCode} by itself`);
  return acknowledged;
}

/** @param {string} name */
function program(name) {
  return fileURLToPath(new URL(name, programs));
}
