/**
 * Kills writers of one log, again and again, and checks every acknowledgement:
 *   node tools/deaths/storm.mjs [--kills 300] [--runtime node|node22|node24|node26|deno|bun] [--seed N]
 * The seed fixes what is written and where the deaths are aimed; the moments themselves are real time.
 * After a failure the log is kept, and its place is printed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { killStorm } from "./src/kill-storm.mjs";
import { countOf, seedOf } from "./src/numbers.mjs";
import { Progress } from "./src/progress.mjs";
import { missing, runtimeOf } from "./src/runtimes.mjs";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    runtime: { type: "string", default: "node" },
    seed: { type: "string" },
  },
});
const kills = countOf("--kills", values.kills);
const runtime = runtimeOf(values.runtime);
const seed = seedOf(values.seed);
const reason = missing(runtime);
if (reason === undefined) await run();
else console.log(`storm skipped: ${reason}`);

async function run() {
  console.log(`storm: ${kills} kills on ${runtime.name}, seed ${seed}`);
  const directory = mkdtempSync(join(tmpdir(), "stria-storm-"));
  const progress = new Progress(`storm on ${runtime.name}`, kills);
  try {
    const tally = await killStorm({
      directory,
      runtime,
      kills,
      seed,
      onKill: ({ kills: done, acknowledgements, carried }) =>
        progress.at(done, `${acknowledgements} acknowledgements, ${carried} tails carried`),
    });
    rmSync(directory, { recursive: true });
    console.log(`storm passed: ${JSON.stringify(tally)}`);
  } catch (error) {
    console.error(`storm failed, the log is kept in ${directory}`);
    console.error(error);
    process.exitCode = 1;
  }
}
