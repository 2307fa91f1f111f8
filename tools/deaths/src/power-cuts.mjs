/**
 * Cuts the power under a writer at work and recovers what the disk has kept: every acknowledgement that
 * had arrived before the cut must be there. After some cuts the log goes on from one of them.
 */
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { SeededRandom } from "@stria/testkit";
import { viewLog } from "./check-log.mjs";
import { Ledger } from "./ledger.mjs";
import { planLife } from "./plan.mjs";
import { PowerRig } from "./power-rig.mjs";
import { Victim } from "./victim.mjs";

const CUTS_A_LIFE = 5;
const PATIENCE_MS = 30_000;
/** Lines to cut at, and how long to wait for one. */
const targets = [
  "durable",
  "checkpoint ",
  "event rotation",
  "event retention",
  "opening",
  "closing",
];
const AIM_MS = 300;

/**
 * @typedef {object} CutTally
 * @property {number} cuts images that were recovered
 * @property {number} lives writers, each but the first on what a cut had left
 * @property {number} acknowledgements that had arrived before the last cut
 * @property {number} records LSN of the last one that was promised
 * @property {number} carried times a recovery found records that nothing vouched for
 * @property {number} torn times it cut a torn tail
 */

/**
 * @param {object} options
 * @param {string} options.directory an empty one, in a mount namespace of its own
 * @param {import("./runtimes.mjs").Runtime} options.runtime
 * @param {number} options.cuts
 * @param {number} options.seed
 * @param {import("./plan.mjs").LifePlan["sabotage"]} [options.sabotage]
 * @param {(tally: CutTally) => void} [options.onCut]
 * @returns {Promise<CutTally>}
 */
export async function powerCuts({ directory, runtime, cuts, seed, sabotage = "none", onCut }) {
  const rig = new PowerRig(directory);
  const tally = { cuts: 0, lives: 0, acknowledgements: 0, records: 0, carried: 0, torn: 0 };
  let ledger = new Ledger();
  while (tally.cuts < cuts) {
    const life = ++tally.lives;
    const plan = planLife({ directory: join(rig.disk, "log"), seed, life });
    // Zeros ahead are durable by themselves: the control must not sync by accident.
    const zeroAhead = plan.zeroAhead && sabotage === "none";
    const victim = new Victim(runtime, { ...plan, zeroAhead, sabotage }, ledger);
    try {
      ledger = await oneLife(victim, ledger, life);
    } catch (error) {
      const where = `seed ${seed}, life ${life}, cut ${tally.cuts} of ${cuts}`;
      throw new Error(`${where}: ${JSON.stringify(plan)}`, { cause: error });
    } finally {
      await victim.kill();
    }
  }
  return tally;

  /**
   * Cuts some times; resolves to the promises the last of these cuts has kept.
   * @param {Victim} victim
   * @param {Ledger} live
   * @param {number} life
   */
  async function oneLife(victim, live, life) {
    const random = new SeededRandom(`${seed}/cut/${life}`);
    await victim.heard("opened", { patienceMs: PATIENCE_MS });
    for (let left = Math.min(CUTS_A_LIFE, cuts - tally.cuts); ; left--) {
      if (random.chance(0.5)) await pass(random.below(100));
      else await victim.heard(random.pick(targets), { patienceMs: AIM_MS });
      const promised = live.copy();
      const image = rig.cut();
      tally.cuts += 1;
      const view = await rig.after(image, (path) => recovered(join(path, "log")));
      // What was asked for just before the cut has been heard of by now.
      promised.checkpointWanted = live.checkpointWanted;
      promised.check(view);
      promised.checkRetired(view);
      tally.acknowledgements = promised.acknowledgements;
      tally.records = promised.promisedLsn;
      onCut?.(tally);
      if (left > 1) {
        await rig.forget(image);
        continue;
      }
      await victim.kill();
      await rig.goOn(image);
      promised.show(view);
      return promised;
    }
  }

  /** @param {string} log */
  async function recovered(log) {
    const wal = await Wal.open({ storage: nodeStorage(log) });
    if (wal.recovery.carried > 0) tally.carried += 1;
    if (wal.recovery.tail === "torn") tally.torn += 1;
    const view = await viewLog(wal, seed);
    await wal.close();
    return view;
  }
}

/** @param {number} milliseconds */
async function pass(milliseconds) {
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
