/**
 * Stripes that were handed out and who must hear of it when the flusher's thread dies: it is told in
 * that thread's stead, so that nobody waits for it.
 */
import {
  BELL,
  DETACHED,
  END_CODES,
  ENDED,
  LOG_STATE,
  SIGNAL,
  STATE,
  type SharedStripeMemory,
} from "./shared-stripe.ts";

export class HandedOutStripes {
  #stripes: SharedStripeMemory[] = [];

  /** How many are kept: those that were given back are let go of when the next one comes. */
  get size(): number {
    return this.#stripes.length;
  }

  add(stripe: SharedStripeMemory): void {
    this.#stripes = this.#stripes.filter(({ ring }) => {
      return Atomics.load(ring.cursors, STATE) !== DETACHED;
    });
    this.#stripes.push(stripe);
  }

  /** Everybody who waits on one of them hears that the outcome is unknown; after an ordered close, nothing new. */
  end(): void {
    const state = ENDED + END_CODES.indexOf("WAL_OUTCOME_UNKNOWN");
    for (const { control, ring } of this.#stripes) {
      if (Atomics.load(control, LOG_STATE) < ENDED) Atomics.store(control, LOG_STATE, state);
      Atomics.add(ring.cursors, SIGNAL, 1);
      // Whether or not it says that it waits: the dead one may have been about to wake it.
      Atomics.notify(ring.cursors, SIGNAL);
      Atomics.notify(control, BELL);
    }
  }
}
