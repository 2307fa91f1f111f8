/**
 * The memory of a stripe that another thread fills, and the words both sides agree on. Every access
 * is a sequentially consistent Atomics operation; docs/architecture.md draws the layout and says what
 * each step relies on.
 *
 *   ring cursors │ NUMBERED · DURABLE · SIGNAL · WAITING │ STATE · WAITS · HIGH_WATER
 *   entries (bytes, records, stamp)      data (records in disk layout)      lsns (last LSN per entry)
 */
import { CURSOR_INTS, type RingMemory, ringMemory } from "./ring-buffer.ts";

/** Words of a stripe, behind the ring's cursors. Written by the flusher: */
/** Entries that have an LSN, mod 2^32. */
export const NUMBERED: number = CURSOR_INTS;
/** Entries that are durable, mod 2^32. */
export const DURABLE: number = CURSOR_INTS + 1;
/** Changes whenever one of them or the ring's head has; the producer sleeps on it. */
export const SIGNAL: number = CURSOR_INTS + 2;
/** Written by the producer: it is about to sleep on SIGNAL. */
export const WAITING: number = CURSOR_INTS + 16;
/** {@link ATTACHED} or {@link DETACHED}. */
export const STATE: number = CURSOR_INTS + 17;
/** 1 = somebody waits for durability now, whatever the log's mode delays. */
export const DEMAND: number = CURSOR_INTS + 20;
export const WAITS: number = CURSOR_INTS + 18;
export const HIGH_WATER: number = CURSOR_INTS + 19;
const MORE_INTS = 32;

export const ATTACHED = 0;
export const DETACHED = 1;

/** Words all stripes of a log share, each on its own cache line. */
/** The order stamp: the next one to be taken. */
export const STAMP = 0;
/** 1 while the flusher sleeps: whoever publishes must wake it. */
export const SLEEPING = 16;
/** How the log is: {@link OPEN}, or index + 1 into {@link END_CODES}. */
export const LOG_STATE = 32;
const CONTROL_INTS = 48;

export const OPEN = 0;
/** Why nothing is accepted any more, by number, since only numbers cross. */
export const END_CODES = [
  "WAL_CLOSED",
  "WAL_POISONED",
  "WAL_STORAGE",
  "WAL_NO_SPACE",
  "WAL_CORRUPT",
] as const;

/** Everything a producer needs; can be posted to any worker. */
export interface SharedStripeMemory {
  readonly control: Int32Array;
  readonly ring: RingMemory;
  /** Last LSN of each entry, by entry slot. */
  readonly lsns: Float64Array;
}

export function sharedControl(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(CONTROL_INTS * 4));
}

export function sharedStripeMemory(control: Int32Array, capacity: number): SharedStripeMemory {
  const make = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
  const ring = ringMemory(capacity, make, MORE_INTS);
  const slots = ring.entries.length / 4;
  return { control, ring, lsns: new Float64Array(make(slots * 8)) };
}

/** Difference of two counters that run mod 2^32; exact while it is below 2^31. */
export function ahead(later: number, earlier: number): number {
  return (later - earlier) | 0;
}
