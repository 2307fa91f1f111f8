/**
 * Tries the built packages under every runtime and compares with what is recorded:
 *   node tools/matrix/matrix.mjs [--kills 10] [--seeds 20] [--seed N] [--record] [runtime …]
 * `--record` writes results.json and the table of the README. Ends with "N of N runtimes passed".
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { countOf, seedOf } from "../deaths/src/numbers.mjs";
import { missing, runtimeNames, runtimeOf } from "../deaths/src/runtimes.mjs";
import { readResults, record } from "./src/results.mjs";
import { packageTests, probe, storm, tracedSyncs } from "./src/try-runtime.mjs";

/** @type {Record<string, string>} */
const titles = { deno: "Deno", bun: "Bun" };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string", default: "10" },
    seeds: { type: "string", default: "20" },
    seed: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const kills = countOf("--kills", values.kills);
const seeds = countOf("--seeds", values.seeds);
const seed = seedOf(values.seed);
const wanted = positionals.length === 0 ? runtimeNames : positionals;
if (values.record && positionals.length > 0) throw new RangeError("--record takes all runtimes");

console.log(`matrix: seed ${seed}`);
const recorded = values.record ? undefined : readResults();
/** @type {import("./src/results.mjs").Results["runtimes"]} */
const seen = {};
let failed = 0;
let skipped = 0;
for (const name of wanted) {
  const reason = missing(runtimeOf(name));
  if (reason !== undefined) {
    if (values.record) throw new Error(reason);
    skipped += 1;
    console.log(`${name} skipped: ${reason}`);
    continue;
  }
  try {
    await tryOne(name);
  } catch (error) {
    failed += 1;
    console.error(`${name} failed`);
    console.error(error);
  }
}
if (values.record && failed === 0) {
  const date = new Date().toISOString().slice(0, 10);
  record({ date, platform: `${process.platform} ${process.arch}`, runtimes: seen });
}
const all = wanted.length - skipped;
console.log(`${all - failed} of ${all} runtimes passed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

/** @param {string} name */
async function tryOne(name) {
  const started = performance.now();
  const runtime = runtimeOf(name);
  const found = await probe(runtime, seeds);
  const syncs = await tracedSyncs(runtime);
  const deaths = await storm(runtime, kills, seed);
  const vitest = name.startsWith("node") ? await packageTests(runtime) : null;
  const title = titles[name] ?? "Node";
  seen[name] = { title, ...found, syncs, ...deaths, vitest };
  const before = recorded?.runtimes[name]?.features;
  if (recorded !== undefined && JSON.stringify(before) !== JSON.stringify(found.features)) {
    const [was, is] = [before, found.features].map((features) => JSON.stringify(features));
    throw new Error(`recorded was ${was}, seen is ${is}: matrix.mjs --record`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${title} ${found.version} passed in ${seconds} s: ${JSON.stringify(seen[name])}`);
}
