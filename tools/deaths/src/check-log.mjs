/** Reads a log from its first record to its last: every byte, no hole, no life after a later one, batches whole. */
import { originOf } from "./record.mjs";

/**
 * @typedef {import("./ledger.mjs").LogView} LogView
 * @typedef {import("./record.mjs").RecordOrigin} RecordOrigin
 */

/**
 * @param {Pick<import("@stria/core").Wal, "firstLsn" | "durableLsn" | "readBatches"> & { checkpointLsn?: number }} log
 * @param {number} seed
 * @returns {Promise<LogView>}
 */
export async function viewLog(log, seed) {
  const { firstLsn, durableLsn: lastLsn, checkpointLsn = 0 } = log;
  /** @type {Map<number, number>} */
  const lives = new Map();
  let next = firstLsn;
  /** @type {RecordOrigin | undefined} */
  let before;
  for await (const records of log.readBatches()) {
    for (const { lsn, payload } of records) {
      if (lsn !== next) throw new Error(`LSN ${lsn} is read where ${next} belongs`);
      const origin = originOf(seed, lsn, payload);
      checkNeighbours(before, origin);
      lives.set(lsn, origin.life);
      before = origin;
      next = lsn + 1;
    }
  }
  if (next !== lastLsn + 1)
    throw new Error(`reading ended before LSN ${next}, not after ${lastLsn}`);
  if (before !== undefined) checkWhole(before);
  return { firstLsn, lastLsn, checkpointLsn, lives };
}

/**
 * @param {RecordOrigin | undefined} before
 * @param {RecordOrigin} origin
 */
function checkNeighbours(before, origin) {
  const { life, lsn, batchFirst } = origin;
  if (before !== undefined && before.life > life) {
    throw new Error(`LSN ${lsn} is of life ${life}, the record before it of life ${before.life}`);
  }
  if (batchFirst === lsn) {
    if (before !== undefined) checkWhole(before);
    return;
  }
  // The first record that is left cannot be in the middle of a batch: a batch lies in one segment.
  if (before?.life !== life || before.batchFirst !== batchFirst) {
    throw new Error(`LSN ${lsn} is in a batch from ${batchFirst}, the record before it is not`);
  }
}

/**
 * The batch of the record that ends here must end here, too.
 * @param {RecordOrigin} last
 */
function checkWhole({ lsn, batchFirst, batchCount }) {
  const end = batchFirst + batchCount - 1;
  if (lsn !== end) throw new Error(`the batch ${batchFirst}–${end} ends with LSN ${lsn}`);
}
