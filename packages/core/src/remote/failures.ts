/** What a failure at the host means for one record, and events with their errors rebuilt. */
import { WalError, type WalErrorCode } from "../errors.ts";
import type { WalEvent } from "../events.ts";
import type { WireEvent } from "./messages.ts";
import { fromWire } from "./wire-error.ts";

/** The fate of one of several records that failed together. */
export function notAcknowledged(failure: Error, lsn: number): Error {
  const { code, details } = failure as Partial<WalError>;
  if (code === undefined || details?.lsn === lsn) return failure;
  const message = `LSN ${lsn} was not acknowledged: ${failure.message}`;
  const known: WalErrorCode = code;
  return new WalError(known, message, {
    cause: failure.cause ?? failure,
    details: { ...details, lsn, outcome: "unknown" },
  });
}

/** The event as the host's log has told it. */
export function eventOf(event: WireEvent): WalEvent {
  if (event.type !== "failure") return event;
  return { type: event.of, error: fromWire(event.error) } as WalEvent;
}
