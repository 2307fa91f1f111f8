/** Figures of a running log: counters, gauges, health. */
import type { StripeStats } from "./append/stripe.ts";
import { type ProducerPath, bestProducerPath } from "./commit/producer-path.ts";
import type { WalError } from "./errors.ts";
import type { OpenLog } from "./open-log.ts";

/** What one `flush` did. */
export interface FlushStats {
  readonly records: number;
  /** Of the records with their length prefixes. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly rotated: boolean;
}

/** Counters since the log was opened, and gauges of now. */
export interface WalStats {
  /** Records given an LSN. */
  readonly appended: number;
  /** Records that became durable. */
  readonly durable: number;
  /** Records that wait for the flusher. */
  readonly pending: number;
  /** Bytes made durable: frames, padding, marks. */
  readonly bytes: number;
  /** Groups written. */
  readonly flushes: number;
  readonly frames: number;
  readonly syncs: number;
  readonly rotations: number;
  /** Live segments and their bytes. */
  readonly segments: number;
  readonly totalBytes: number;
  /** Callers who wait for room, and for durability. */
  readonly waitingForRoom: number;
  readonly waitingForDurability: number;
  readonly stripes: readonly StripeStats[];
  /** How producers on other threads are connected here. */
  readonly producers: ProducerPath;
}

/** Is the log well. */
export interface WalHealth {
  readonly ok: boolean;
  /** 0, or 1 once poisoned: a failure is never retried. */
  readonly consecutiveFlushErrors: number;
  readonly poisoned?: WalError;
  /** Wall time of the last group that became durable, ms since 1970; 0 = none yet. */
  readonly lastFlushAt: number;
  /** Heartbeat: for how long the storage call in flight has been running; 0 when idle. */
  readonly flushingForMs: number;
  readonly reason?: string;
}

/** A storage call that takes longer than this is called stalled. */
const STALLED_AFTER_MS = 10_000;

export function stats(log: OpenLog): WalStats {
  const { write, set } = log;
  const counters = write?.writer.counters;
  return {
    appended: write?.source.given ?? 0,
    durable: set.lastLsn - log.openedAtLsn,
    pending: write === undefined ? 0 : unwritten(write),
    bytes: counters?.bytes ?? 0,
    flushes: counters?.groups ?? 0,
    frames: counters?.frames ?? 0,
    syncs: counters?.syncs ?? 0,
    rotations: counters?.rotations ?? 0,
    segments: set.segments.length,
    totalBytes: set.bytes,
    waitingForRoom: write?.room.length ?? 0,
    waitingForDurability: write?.watermark.waiting ?? 0,
    stripes: write?.source.stats() ?? [],
    producers: bestProducerPath,
  };
}

/** Records in a stripe, or in a frame that is not written yet. */
function unwritten({ source, writer }: NonNullable<OpenLog["write"]>): number {
  return source.pendingRecords + writer.builtLsn - writer.writtenLsn;
}

export function health(log: OpenLog): WalHealth {
  const flusher = log.write?.flusher;
  const flushingForMs = flusher?.flushingForMs ?? 0;
  const beat = { lastFlushAt: flusher?.lastFlushAt ?? 0, flushingForMs };
  const poisoned = flusher?.poison;
  if (poisoned !== undefined) {
    return { ok: false, consecutiveFlushErrors: 1, poisoned, reason: poisoned.message, ...beat };
  }
  if (flushingForMs > STALLED_AFTER_MS) {
    const reason = `a storage call has been running for ${Math.round(flushingForMs)} ms`;
    return { ok: false, consecutiveFlushErrors: 0, reason, ...beat };
  }
  return { ok: true, consecutiveFlushErrors: 0, ...beat };
}
