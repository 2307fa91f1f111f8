/**
 * What a remote log knows of the real one: positions, counters, health. It rides on every answer, so
 * it travels as one flat array of numbers, which is several times cheaper to clone than an object.
 */
import { type WalError, asWalError } from "../errors.ts";
import type { WalHealth, WalStats } from "../stats.ts";
import type { HostableWal } from "../hostable-wal.ts";
import { type WireError, fromWire, toWire } from "./wire-error.ts";

/** A log's state at one moment. */
export interface LogState {
  readonly durableLsn: number;
  readonly nextLsn: number;
  readonly firstLsn: number;
  readonly checkpointLsn: number;
  readonly chain: string;
  readonly lastFlushAt: number;
  readonly flushingForMs: number;
  readonly unwell: string | undefined;
  readonly poisoned: WalError | undefined;
  readonly stats: WalStats;
}

/** The same on its way: numbers in the order of {@link packState}. */
export interface WireState {
  readonly numbers: readonly number[];
  readonly chain: string;
  readonly unwell?: string;
  readonly poisoned?: WireError;
}

/** Reads the log. */
export function packState(wal: HostableWal): WireState {
  const { health } = wal;
  const s = wal.stats();
  const numbers = [
    wal.durableLsn,
    wal.nextLsn,
    wal.firstLsn,
    wal.checkpointLsn,
    health.lastFlushAt,
    health.flushingForMs,
    s.appended,
    s.durable,
    s.pending,
    s.bytes,
    s.flushes,
    s.frames,
    s.syncs,
    s.rotations,
    s.segments,
    s.totalBytes,
    s.waitingForRoom,
    s.waitingForDurability,
  ];
  for (const stripe of s.stripes) {
    const { pendingRecords, pendingBytes, highWaterBytes, capacityBytes, waits } = stripe;
    numbers.push(pendingRecords, pendingBytes, highWaterBytes, capacityBytes, waits);
  }
  const { chain } = wal.head();
  if (health.ok) return { numbers, chain };
  const unwell = health.reason ?? "not well";
  if (health.poisoned === undefined) return { numbers, chain, unwell };
  return { numbers, chain, unwell, poisoned: toWire(health.poisoned) };
}

export function unpackState(wire: WireState): LogState {
  const { numbers, chain, unwell, poisoned } = wire;
  const at = (index: number): number => numbers[index] ?? 0;
  const stripes: WalStats["stripes"][number][] = [];
  for (let i = 18; i + 5 <= numbers.length; i += 5) {
    stripes.push({
      pendingRecords: at(i),
      pendingBytes: at(i + 1),
      highWaterBytes: at(i + 2),
      capacityBytes: at(i + 3),
      waits: at(i + 4),
    });
  }
  return {
    durableLsn: at(0),
    nextLsn: at(1),
    firstLsn: at(2),
    checkpointLsn: at(3),
    lastFlushAt: at(4),
    flushingForMs: at(5),
    chain,
    unwell,
    poisoned: poisoned && asWalError(fromWire(poisoned), "writing the log"),
    stats: {
      appended: at(6),
      durable: at(7),
      pending: at(8),
      bytes: at(9),
      flushes: at(10),
      frames: at(11),
      syncs: at(12),
      rotations: at(13),
      segments: at(14),
      totalBytes: at(15),
      waitingForRoom: at(16),
      waitingForDurability: at(17),
      stripes,
      producers: "messages",
    },
  };
}

/** The log's health as last known; `away` says why nothing newer can be known. */
export function healthOf(state: LogState | undefined, away: string | undefined): WalHealth {
  const { lastFlushAt = 0, flushingForMs = 0, unwell, poisoned } = state ?? {};
  const beat = { lastFlushAt, flushingForMs };
  if (poisoned !== undefined) {
    const reason = unwell ?? poisoned.message;
    return { ok: false, consecutiveFlushErrors: 1, poisoned, reason, ...beat };
  }
  const reason = away ?? unwell;
  if (reason === undefined) return { ok: true, consecutiveFlushErrors: 0, ...beat };
  return { ok: false, consecutiveFlushErrors: 0, reason, ...beat };
}
