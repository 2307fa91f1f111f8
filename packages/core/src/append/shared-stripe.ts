/**
 * The memory of a stripe that another thread fills, and the words both sides agree on. Every access
 * to a word is a sequentially consistent Atomics operation; docs/stripes.md draws the layout and says
 * what each step relies on.
 *
 *   ring cursors │ NUMBERED · DURABLE · SIGNAL │ WAITING · STATE · DEMAND · WAITS · HIGH_WATER
 *   entries (bytes, records, stamp)      data (records in disk layout)      lsns (last LSN per entry)
 */
import { CURSOR_INTS, type RingMemory, ringMemory } from "./ring-buffer.ts";

/** Words of a stripe, behind the ring's cursors. Written by the flusher: */
/** Entries that have an LSN, mod 2^32. */
export const NUMBERED: number = CURSOR_INTS;
/** Entries that are durable, mod 2^32. */
export const DURABLE: number = CURSOR_INTS + 1;
/** Changes after one of them or the ring's head has; the producer sleeps on it. */
export const SIGNAL: number = CURSOR_INTS + 2;
/**
 * {@link FOR_ANSWERS} or {@link FOR_ROOM} while the producer sleeps on SIGNAL, or is about to; else 0.
 * Written by the producer alone.
 */
export const WAITING: number = CURSOR_INTS + 16;
/** {@link OFFERED}, {@link ATTACHED} or {@link DETACHED}. */
export const STATE: number = CURSOR_INTS + 17;
/** 1 = somebody waits for room or durability now, whatever the log's mode delays. */
export const DEMAND: number = CURSOR_INTS + 18;
export const WAITS: number = CURSOR_INTS + 19;
export const HIGH_WATER: number = CURSOR_INTS + 20;
const MORE_INTS = 32;

/** It waits for numbers or durability. */
export const FOR_ANSWERS = 1;
/** It waits for room, too: room alone is reason enough to wake it. */
export const FOR_ROOM = 2;

/** Nobody has attached yet. */
export const OFFERED = 0;
export const ATTACHED = 1;
/** The producer left, or the log let go of it: nothing is published any more. */
export const DETACHED = 2;

/** Words all stripes of a log share, each on its own cache line. */
/** The order stamp: the next one to be taken. */
export const STAMP = 0;
/**
 * Odd while the flusher sleeps, another odd number each time: whoever publishes then must ring. With
 * {@link WILL_LOOK} only who waits for something must. Written by the flusher alone.
 */
export const ASLEEP = 16;
/** In ASLEEP: the flusher looks again before long whatever happens, to write what its mode delays. */
export const WILL_LOOK = 2;
/** Changes with every ring; the flusher sleeps on it. */
export const BELL = 32;
/** How the log is: {@link OPEN}, {@link CLOSING}, or {@link ENDED} + index into {@link END_CODES}. */
export const LOG_STATE = 48;
/** Bytes that may still be appended before `maxTotalBytes`, as far as the flusher knew; capped. */
export const SPACE = 64;
const CONTROL_INTS = 80;

export const OPEN = 0;
/** Nothing new is accepted; what was published is still written. */
export const CLOSING = 1;
export const ENDED = 2;
/** Why nothing is acknowledged any more, by number, since only numbers cross. */
export const END_CODES = [
  "WAL_CLOSED",
  "WAL_POISONED",
  "WAL_STORAGE",
  "WAL_NO_SPACE",
  "WAL_CORRUPT",
  "WAL_OUTCOME_UNKNOWN",
] as const;

/** Everything a producer needs; can be posted to any worker. */
export interface SharedStripeMemory {
  readonly control: Int32Array;
  readonly ring: RingMemory;
  /** Last LSN of each entry, by entry slot. */
  readonly lsns: Float64Array;
}

/** Words for all stripes of one log. Counters start at `start`: they wrap, so any start is as good. */
export function sharedControl(start: number = 0): Int32Array {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_INTS * 4));
  control[STAMP] = start;
  control[BELL] = start;
  madeHere.add(control);
  return control;
}

/** True on the thread whose log these words belong to: views that were posted are other objects. */
export function isMadeHere(control: Int32Array): boolean {
  return madeHere.has(control);
}

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

const madeHere = new WeakSet<Int32Array>();

export function sharedStripeMemory(
  control: Int32Array,
  capacity: number,
  start: number = 0,
): SharedStripeMemory {
  const ring = ringMemory(capacity, shared, { moreInts: MORE_INTS, start });
  const slots = ring.entries.length / 4;
  ring.cursors[NUMBERED] = start;
  ring.cursors[DURABLE] = start;
  ring.cursors[SIGNAL] = start;
  return { control, ring, lsns: new Float64Array(shared(slots * 8)) };
}

/** Difference of two counters that run mod 2^32; exact while it is below 2^31. */
export function ahead(later: number, earlier: number): number {
  return (later - earlier) | 0;
}
