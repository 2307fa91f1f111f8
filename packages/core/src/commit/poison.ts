/** What the first failed write or sync means for everybody (I4): for the log, and for each record that waited. */
import { WalError } from "../errors.ts";

/** Nothing is acknowledged any more. */
export function poisoned(cause: WalError): WalError {
  return new WalError(
    "WAL_POISONED",
    `the log is poisoned since a write or sync failed: ${cause.message}`,
    { cause, details: { outcome: "not-written" } },
  );
}

/** Somebody asks after the failure for the record `lsn`. */
export function lostRecord(poison: WalError, lsn: number, writtenLsn: number): WalError {
  return new WalError("WAL_POISONED", poison.message, {
    cause: poison.cause,
    details: { lsn, outcome: lsn <= writtenLsn ? "unknown" : "not-written" },
  });
}

/** The record `lsn` was waited for; everything up to `writtenLsn` had been given to the storage. */
export function unacknowledged(cause: WalError, lsn: number, writtenLsn: number): WalError {
  return new WalError(cause.code, `LSN ${lsn} was not acknowledged: ${cause.message}`, {
    cause: cause.cause ?? cause,
    details: { ...cause.details, lsn, outcome: lsn <= writtenLsn ? "unknown" : "not-written" },
  });
}

/** What the caller is told whose own work has failed: what happened to it, not that something happened earlier. */
export function failedNow(cause: WalError): WalError {
  return new WalError(cause.code, `the log is poisoned: ${cause.message}`, {
    cause: cause.cause ?? cause,
    details: { ...cause.details, outcome: "unknown" },
  });
}
