/** The flusher's thread has died: tells its producers in its stead, so that nobody waits for it. */
import {
  BELL,
  END_CODES,
  ENDED,
  LOG_STATE,
  SIGNAL,
  type SharedStripeMemory,
} from "./shared-stripe.ts";

/** Everybody who waits on one of these stripes hears that the outcome is unknown. */
export function endStripes(stripes: readonly SharedStripeMemory[]): void {
  const state = ENDED + END_CODES.indexOf("WAL_OUTCOME_UNKNOWN");
  for (const { control, ring } of stripes) {
    if (Atomics.load(control, LOG_STATE) < ENDED) Atomics.store(control, LOG_STATE, state);
    Atomics.add(ring.cursors, SIGNAL, 1);
    // Whether or not it says that it waits: the dead one may have been about to wake it.
    Atomics.notify(ring.cursors, SIGNAL);
    Atomics.notify(control, BELL);
  }
}
