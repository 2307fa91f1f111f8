/** What crosses to the thread that appends: shared memory, and what the log allows. */
import type { RecordLimits } from "./record-limits.ts";
import type { SharedStripeMemory } from "./shared-stripe.ts";

/** A handle around shared memory. */
export interface SharedProducerHandle {
  readonly kind: "stria-shared-producer";
  readonly memory: SharedStripeMemory;
  readonly limits: RecordLimits;
  readonly maxAppendBlockMs: number;
  /** `append` resolves after the sync (else after the record is numbered). */
  readonly waits: boolean;
  /** The log has a `maxTotalBytes`. */
  readonly limited: boolean;
  /** Nothing needs to be transferred. */
  readonly transfer: readonly [];
}
