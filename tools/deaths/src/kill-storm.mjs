/**
 * Life after life on one log: a writer is started, killed at a moment left to chance or aimed at one
 * step, and what it leaves is recovered and held against everything that was acknowledged so far.
 */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Wal, isWalError } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { SeededRandom } from "@stria/testkit";
import { viewLog } from "./check-log.mjs";
import { Ledger } from "./ledger.mjs";
import { planLife } from "./plan.mjs";
import { Victim } from "./victim.mjs";

/** Lines to aim at. The steps are those of birth, rotation, sealing, removal and recovery. */
const targets = [
  "opening",
  "opened",
  "closing",
  "closed",
  "durable",
  "checkpoint ",
  "checkpointed",
  "event rotation",
  "event retention",
  "step create",
  "step sync",
  "step syncDirectory",
  "step truncate",
  "step remove",
];
/** A line that does not come in this time is not waited for any longer: the kill comes anyway. */
const PATIENCE_MS = 600;

/**
 * @typedef {object} StormTally
 * @property {number} kills writers that were killed
 * @property {Record<string, number>} phases what the killed writers were about
 * @property {Record<string, number>} aims lines that were aimed at and heard
 * @property {number} acknowledgements each for one record or more
 * @property {number} records LSNs given out, lost ones counted once
 * @property {number} carried times a recovery found records that nothing vouched for
 * @property {number} torn times it cut a torn tail
 * @property {number} refusals opens refused while a writer lived
 */

/**
 * @param {object} options
 * @param {string} options.directory an empty one, for this storm alone
 * @param {import("./runtimes.mjs").Runtime} options.runtime
 * @param {number} options.kills
 * @param {number} options.seed
 * @param {import("./plan.mjs").LifePlan["sabotage"]} [options.sabotage]
 * @param {(tally: StormTally) => void} [options.onKill]
 * @returns {Promise<StormTally>}
 */
export async function killStorm({ directory, runtime, kills, seed, sabotage = "none", onKill }) {
  const ledger = new Ledger();
  const log = join(directory, "log");
  const copy = join(directory, "copy");
  mkdirSync(log);
  /** @type {StormTally} */
  const tally = {
    kills: 0,
    phases: {},
    aims: {},
    acknowledgements: 0,
    records: 0,
    carried: 0,
    torn: 0,
    refusals: 0,
  };
  for (let life = 1; life <= kills; life++) {
    const random = new SeededRandom(`${seed}/death/${life}`);
    const plan = { ...planLife({ directory: log, seed, life }), sabotage };
    try {
      await liveAndDie(runtime, plan, random, ledger, tally);
      await recoverAndCheck();
      tally.acknowledgements = ledger.acknowledgements;
      tally.records = ledger.promisedLsn;
    } catch (error) {
      const story = `seed ${seed}, life ${life} of ${kills} on ${runtime.name}: ${JSON.stringify(plan)}`;
      throw new Error(story, { cause: error });
    }
    onKill?.(tally);

    /** In place, or on a copy, so that the next life finds the log as the death has left it. */
    async function recoverAndCheck() {
      if (random.chance(0.3)) await readBeside(log, seed);
      const inPlace = random.chance(0.5);
      if (!inPlace) {
        rmSync(copy, { recursive: true, force: true });
        cpSync(log, copy, { recursive: true });
      }
      const opens = random.chance(0.2) ? 2 : 1;
      for (let i = 0; i < opens; i++) await openAndCheck(inPlace ? log : copy, seed, ledger, tally);
    }
  }
  return tally;
}

/**
 * @param {import("./runtimes.mjs").Runtime} runtime
 * @param {import("./plan.mjs").LifePlan} plan
 * @param {SeededRandom} random
 * @param {Ledger} ledger
 * @param {StormTally} tally
 */
async function liveAndDie(runtime, plan, random, ledger, tally) {
  const aimed = random.chance(0.6);
  const contended = !aimed && random.chance(0.2);
  const mostSteps = contended ? 0 : aimed ? Math.min(plan.mostSteps || 10, 10) : plan.mostSteps;
  const victim = new Victim(runtime, { ...plan, mostSteps, marked: aimed }, ledger);
  try {
    if (aimed) {
      const target = random.pick(targets);
      const count = 1 + random.below(random.pick([1, 4, 20]));
      if (await victim.heard(target, { count, patienceMs: PATIENCE_MS })) add(tally.aims, target);
      // At once, or a little later, when the step is under way or just done.
      if (random.chance(0.5)) await pass(random.below(4));
    } else {
      await victim.heard(contended ? "opened" : "opening", { patienceMs: PATIENCE_MS });
      await pass(random.below(150));
      if (contended) await refused(plan.directory, tally);
    }
  } finally {
    await victim.kill();
  }
  tally.kills += 1;
  add(tally.phases, victim.phase);
}

/**
 * While the writer lives, nobody else opens the log.
 * @param {string} directory
 * @param {StormTally} tally
 */
async function refused(directory, tally) {
  try {
    await (await Wal.open({ storage: nodeStorage(directory) })).close();
  } catch (error) {
    if (!isWalError(error, "WAL_LOCKED")) throw error;
    tally.refusals += 1;
    return;
  }
  throw new Error("the log was opened while its writer lived");
}

/**
 * @param {string} directory
 * @param {number} seed
 * @param {Ledger} ledger
 * @param {StormTally} tally
 */
async function openAndCheck(directory, seed, ledger, tally) {
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  if (wal.recovery.carried > 0) tally.carried += 1;
  if (wal.recovery.tail === "torn") tally.torn += 1;
  const view = await viewLog(wal, seed);
  await wal.close();
  ledger.check(view);
  ledger.checkRetired(view);
  ledger.show(view);
}

/**
 * What a reader without the lock is shown is sound, too.
 * @param {string} directory
 * @param {number} seed
 */
async function readBeside(directory, seed) {
  const reader = await Wal.openReader({ storage: nodeStorage(directory) });
  await viewLog(reader, seed);
  await reader.close();
}

/** @param {number} milliseconds */
async function pass(milliseconds) {
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/**
 * @param {Record<string, number>} counts
 * @param {string} key
 */
function add(counts, key) {
  counts[key] = (counts[key] ?? 0) + 1;
}
