/**
 * What a thread that does not own the log appends with, whatever connects the two. There are two kinds
 * of handles and of producers: over shared memory, and, where there is none, over a message port.
 */
import { WalError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { SharedProducerHandle } from "./shared-handle.ts";
import { SharedProducer } from "./shared-producer.ts";

/** Options of `append` and `appendBatch` of a producer. */
export interface ProducerAppendOptions {
  /** Stops the wait. What is in the stripe stays appended. */
  readonly signal?: AbortSignalLike;
  /** Acknowledge this call only when it is synced, and sync it now, whatever the log's mode. */
  readonly durability?: "synchronous";
}

/** Appends to a log from another thread. Get one with {@link attachProducer}. */
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

/** What `wal.producerHandle()` gives: cloneable; post it to a worker once, with `handle.transfer` if it has one. */
export type ProducerHandle = SharedProducerHandle;

/**
 * Attaches this thread to a log; `handle` comes from `wal.producerHandle()` on the log's own thread.
 *
 * @example
 * ```ts
 * const producer = attachProducer(workerData.handle);
 * const lsn = await producer.append(new Uint8Array([1, 2, 3]));
 * await producer.detach();
 * ```
 * @throws WalError `WAL_UNSUPPORTED` for a handle that is attached already, `WAL_CLOSED` for one that was taken back
 */
export function attachProducer(handle: ProducerHandle): Producer {
  switch (handle.kind) {
    case "stria-shared-producer":
      return new SharedProducer(handle);
    default:
      handle.kind satisfies never;
      throw new WalError("WAL_UNSUPPORTED", "this handle was made by another version of Stria");
  }
}
