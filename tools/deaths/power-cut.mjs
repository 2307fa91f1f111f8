/**
 * Cuts the power under a writer at work and checks every acknowledgement (Linux, root, btrfs-progs):
 *   node tools/deaths/power-cut.mjs [--cuts 30] [--runtime node|deno|bun] [--seed N]
 * First the harness proves itself: a storage that leaves its syncs out must lose acknowledged
 * records, or leave a log that is refused.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isWalError } from "@stria/core";
import { countOf, seedOf } from "./src/numbers.mjs";
import { powerCuts } from "./src/power-cuts.mjs";
import { inPrivateMounts } from "./src/private-mounts.mjs";
import { Progress } from "./src/progress.mjs";
import { missing, runtimeOf } from "./src/runtimes.mjs";

const { values } = parseArgs({
  options: {
    cuts: { type: "string", default: "30" },
    runtime: { type: "string", default: "node" },
    seed: { type: "string" },
  },
});
const cuts = countOf("--cuts", values.cuts);
const runtime = runtimeOf(values.runtime);
const seed = seedOf(values.seed);
const absent = missing(runtime);

if (absent === undefined) await inPrivateMounts("power-cut", ["mkfs.btrfs"], run);
else console.log(`power-cut skipped: ${absent}`);

/** @param {string} directory */
async function run(directory) {
  console.log(`power-cut: ${cuts} cuts on ${runtime.name}, seed ${seed}`);
  console.log(`power-cut without syncs: ${await lossWithoutSyncs(emptyDirectory("control"))}`);
  const progress = new Progress("power-cut", cuts);
  const tally = await powerCuts({
    directory: emptyDirectory("real"),
    runtime,
    cuts,
    seed,
    onCut: ({ cuts: done, acknowledgements }) =>
      progress.at(done, `${acknowledgements} acknowledgements`),
  });
  console.log(`power-cut passed: ${JSON.stringify(tally)}`);

  /** @param {string} name */
  function emptyDirectory(name) {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  }
}

/**
 * What a storage that does not sync loses, or how its log is refused; rejects if neither happens.
 * @param {string} directory
 */
async function lossWithoutSyncs(directory) {
  try {
    await powerCuts({ directory, runtime, cuts: 5, seed, sabotage: "no-sync" });
  } catch (error) {
    const loss = /** @type {{ cause?: unknown }} */ (error).cause;
    if (loss instanceof Error && /^LSN \d+ was promised/u.test(loss.message)) return loss.message;
    // Names get lost as well: what is left of the log can be so odd that opening refuses it.
    if (isWalError(loss, "WAL_CORRUPT")) return loss.message;
    throw error;
  }
  throw new Error("the harness proves nothing: a storage without syncs has lost nothing");
}
