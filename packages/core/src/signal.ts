/**
 * The part of `AbortSignal` the log uses, so that the core needs no DOM types; every runtime's own
 * `AbortSignal` fits.
 */
import { WalError } from "./errors.ts";

export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What an abort means for the caller. */
export function abortError(signal: AbortSignalLike, what: string): WalError {
  return new WalError("WAL_ABORTED", `${what}: an abort stops waiting and undoes nothing`, {
    cause: signal.reason,
  });
}

/** Calls `run` once when the signal fires, at once if it has; returns how to forget it. */
export function whenAborted(signal: AbortSignalLike | undefined, run: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    run();
    return () => undefined;
  }
  signal.addEventListener("abort", run, { once: true });
  return () => signal.removeEventListener("abort", run);
}
