/**
 * Fills small disks under a log and checks every acknowledgement (Linux, root):
 *   node tools/deaths/full-disk.mjs [--rounds 20] [--seed N]
 * Half of the rounds on tmpfs, half on ext4. Round n of seed s is round 1 of seed s + n - 1.
 */
import { parseArgs } from "node:util";
import { fillDisk } from "./src/full-disk.mjs";
import { countOf, seedOf } from "./src/numbers.mjs";
import { inPrivateMounts } from "./src/private-mounts.mjs";
import { Progress } from "./src/progress.mjs";
import { SmallDisk } from "./src/small-disk.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, seed: { type: "string" } },
});
const rounds = countOf("--rounds", values.rounds);
const seed = seedOf(values.seed);

await inPrivateMounts("full-disk", [], async (directory) => {
  console.log(`full-disk: ${rounds} rounds, seed ${seed}`);
  const progress = new Progress("full-disk", rounds);
  const tally = {
    rounds: 0,
    acknowledgements: 0,
    refusedRecords: 0,
    refusedOpens: 0,
    opensWhileFull: 0,
    carried: 0,
  };
  for (let round = 0; round < rounds; round++) {
    const kind = (seed + round) % 2 === 0 ? "tmpfs" : "ext4";
    const disk = new SmallDisk(directory, { name: `disk-${round}`, kind });
    try {
      await fillDisk({ disk, seed: seed + round, tally });
    } catch (error) {
      throw new Error(`seed ${seed + round} on ${kind}`, { cause: error });
    }
    disk.unmount();
    progress.at(tally.rounds, `${tally.refusedOpens} opens refused while full`);
  }
  console.log(`full-disk passed: ${JSON.stringify(tally)}`);
});
