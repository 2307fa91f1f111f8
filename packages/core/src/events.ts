/** What the log tells whoever listens (`onEvent`). Listeners must not throw; what they throw is reported as `listener-error`. */
import type { WalError } from "./errors.ts";
import type { RecoveryNote } from "./recovery/report.ts";

export type WalEvent =
  /** Recovery found something worth knowing. */
  | { readonly type: "recovery-note"; readonly note: RecoveryNote }
  /** A segment was sealed and the next one born. */
  | { readonly type: "rotation"; readonly sealed: string; readonly next: string }
  /** Files were removed: checkpointed segments, or remains of crashes. */
  | { readonly type: "retention"; readonly removed: readonly string[]; readonly lowLsn: number }
  /** Files that may go could not be removed; tried again later. */
  | { readonly type: "retention-failed"; readonly error: WalError }
  /** A caller had to wait for room, or was refused. */
  | { readonly type: "backpressure"; readonly pendingBytes: number; readonly waiting: number }
  /** A write or sync failed: nothing is acknowledged any more. */
  | { readonly type: "poison"; readonly error: WalError }
  /** A listener threw; the log goes on. */
  | { readonly type: "listener-error"; readonly error: unknown };

export type WalEventListener = (event: WalEvent) => void;

/** Calls a listener that may throw; the log's own work must not depend on it. */
export function emitter(listener: WalEventListener | undefined): WalEventListener {
  if (listener === undefined) return () => undefined;
  return (event) => {
    try {
      listener(event);
    } catch (error) {
      // Whatever the host's listener threw belongs to the host: tell it once, then let it be.
      if (event.type !== "listener-error") emitter(listener)({ type: "listener-error", error });
    }
  };
}
