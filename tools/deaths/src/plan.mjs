/**
 * How one life is to be lived: what the parent tells the process it starts. Everything but the moment
 * of death follows from seed and life.
 */
import { SeededRandom } from "@stria/testkit";

/**
 * @typedef {object} LifePlan
 * @property {string} directory where the log is
 * @property {number} seed of all that is left to chance
 * @property {number} life number of this process, counted from 1
 * @property {import("@stria/core").Durability} durability mode of the log
 * @property {number} segmentBytes option of the log
 * @property {number} keepSegments option of the log
 * @property {boolean} zeroAhead option of the storage
 * @property {number} mostKept a checkpoint leaves at most so many records behind it
 * @property {number} mostSteps after at most so many steps the log is closed and opened again
 * @property {boolean} marked says each step of the storage before it happens
 * @property {"none" | "no-sync" | "early"} sabotage `early`: acknowledges what is only buffered
 */

/** Small numbers, so that a short life meets all the rules of its mode. */
const durabilities = /** @type {const} */ ([
  { mode: "synchronous" },
  { mode: "group-commit", maxDelayMs: 2, maxBatchRecords: 8 },
  { mode: "async", flushIntervalMs: 2 },
  { mode: "async-batched", maxDelayMs: 3, maxBatchRecords: 8 },
]);

/**
 * @param {{ directory: string, seed: number, life: number }} where
 * @returns {LifePlan}
 */
export function planLife({ directory, seed, life }) {
  const random = new SeededRandom(`${seed}/plan/${life}`);
  const plan = {
    directory,
    seed,
    life,
    durability: random.pick(durabilities),
    segmentBytes: random.pick([16, 24, 64, 256]) * 1024,
    keepSegments: random.below(3),
    zeroAhead: random.chance(0.5),
    mostKept: 1500,
    mostSteps: random.pick([0, 3, 30, 300]),
    marked: false,
    sabotage: /** @type {const} */ ("none"),
  };
  // In every second life segments are retired, and written over, as fast as they fill.
  return random.chance(0.5) ? { ...plan, ...hurried, mostSteps: random.pick([0, 300]) } : plan;
}

const hurried = { segmentBytes: 24 * 1024, keepSegments: 0, mostKept: 10 };
