/**
 * What a thread that does not own the log appends with, whatever connects the two: shared memory, or,
 * where there is none, a message port.
 */
import type { AbortSignalLike } from "../signal.ts";

/** Options of `append` and `appendBatch` of a producer. */
export interface ProducerAppendOptions {
  /** Stops the wait. What is in the stripe stays appended. */
  readonly signal?: AbortSignalLike;
  /** Acknowledge this call only when it is synced, and sync it now, whatever the log's mode. */
  readonly durability?: "synchronous";
}

/** Appends to a log from another thread. Get one with `attachProducer(handle)`. */
export interface Producer {
  /** As `wal.append`: resolves to the LSN when the mode's promise holds. @throws WalError as there */
  append(record: Uint8Array, options?: ProducerAppendOptions): Promise<number>;
  /** As `wal.appendBatch`: all or nothing, contiguous LSNs; `[]` for `[]`. */
  appendBatch(records: readonly Uint8Array[], options?: ProducerAppendOptions): Promise<number[]>;
  /**
   * Appends a copy of `record` and returns a ticket at once, for {@link durable}; the LSN is given out
   * elsewhere. @throws WalError `WAL_BACKPRESSURE` when the stripe is full: `await producer.ready()`
   */
  appendAsync(record: Uint8Array): number;
  /**
   * Appends and blocks this thread until the record is durable; returns its LSN.
   * @throws WalError `WAL_UNSUPPORTED` without shared memory, and on the log's own thread
   */
  appendSync(record: Uint8Array): number;
  /** Resolves when the record of this ticket is on disk; rejects if it never will be. */
  durable(ticket: number, options?: { readonly signal?: AbortSignalLike }): Promise<void>;
  /** Resolves when there is room in the stripe again. */
  ready(options?: { readonly signal?: AbortSignalLike }): Promise<void>;
  /** Gives the stripe back when everything appended is durable; idempotent. */
  detach(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
