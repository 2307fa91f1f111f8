/** A log whose `append` is `appendSync` whenever no asynchronous write is in the way. */
import { isWalError, type Wal } from "@stria/core";
import type { CrashableLog } from "../explorer/crashable-log.ts";

/** See the file's head. */
export function blockingLog(wal: Wal): CrashableLog {
  return {
    append: (payload, options) =>
      options === undefined ? appendNow(wal, payload) : wal.append(payload, options),
    appendBatch: (payloads) => wal.appendBatch(payloads),
    appendAsync: (payload) => wal.appendAsync(payload),
    durable: (lsn) => wal.durable(lsn),
    flush: () => wal.flush(),
    commit: () => wal.commit(),
    checkpoint: (lsn) => wal.checkpoint(lsn),
    rotateKey: () => wal.rotateKey(),
    backup: (target) => wal.backup(target),
    read: (options) => wal.read(options),
    close: () => wal.close(),
    get firstLsn() {
      return wal.firstLsn;
    },
    get durableLsn() {
      return wal.durableLsn;
    },
    get nextLsn() {
      return wal.nextLsn;
    },
    get checkpointLsn() {
      return wal.checkpointLsn;
    },
    get health() {
      return wal.health;
    },
  };
}

async function appendNow(wal: Wal, payload: Uint8Array): Promise<number> {
  try {
    return wal.appendSync(payload);
  } catch (error) {
    // The only refusal of `appendSync` alone: a write is in flight.
    if (!isWalError(error, "WAL_BACKPRESSURE")) throw error;
  }
  return wal.append(payload);
}
