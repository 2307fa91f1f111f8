/**
 * Time and randomness, injected: the simulator replaces both. This file is the only one in the core
 * that touches the runtime's globals.
 */

/** Wall time for people, timers for group commit. */
export interface Clock {
  /** Milliseconds since 1970. Informative only: nothing is ordered or expired by it. */
  now(): number;
  /** Monotonic milliseconds, for durations and deadlines. */
  monotonic(): number;
  /**
   * Calls `run` once after `delayMs`; the returned function cancels. A `background` timer must not
   * keep a process alive.
   */
  timer(run: () => void, delayMs: number, options?: { background?: boolean }): () => void;
}

/**
 * What the clock says, as a number every header and frame can hold. A clock may be wrong by decades: a time
 * before 1970 must not cost the records that were written by it.
 */
export function wallTime(clock: Clock): number {
  return Math.min(Math.max(clock.now(), 0) || 0, Number.MAX_SAFE_INTEGER);
}

/** Fills `into` with random bytes and returns it; must be a CSPRNG outside tests. */
export type Random = (into: Uint8Array) => Uint8Array;

interface Runtime {
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  performance: { now(): number };
  crypto: { getRandomValues(into: Uint8Array): Uint8Array };
  MessageChannel: new () => unknown;
}

const runtime = globalThis as unknown as Runtime;

/** The runtime's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => runtime.performance.now(),
  timer(run, delayMs, options) {
    const handle = runtime.setTimeout(run, delayMs);
    // Node, Deno and Bun return an object that can be told not to hold the process; browsers a number.
    if (options?.background) (handle as { unref?: () => void }).unref?.();
    return () => runtime.clearTimeout(handle);
  },
};

/** The runtime's own CSPRNG; 65,536 bytes at most a call. */
export const systemRandom: Random = (into) => runtime.crypto.getRandomValues(into);

/** The runtime's own pair of message ports. */
export function messageChannel<Port>(): { readonly port1: Port; readonly port2: Port } {
  return new runtime.MessageChannel() as { readonly port1: Port; readonly port2: Port };
}
