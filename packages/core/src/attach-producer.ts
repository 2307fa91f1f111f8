/**
 * Attaching a thread to a log, whatever connects the two: shared memory, or, where there is none, a
 * message port.
 */
import type { Producer } from "./append/producer.ts";
import type { SharedProducerHandle } from "./append/shared-handle.ts";
import { SharedProducer } from "./append/shared-producer.ts";
import { WalError } from "./errors.ts";
import { PortProducer, type PortProducerHandle } from "./remote/port-producer.ts";

/** What `wal.producerHandle()` gives: post it to one thread, with its `transfer` list. */
export type ProducerHandle = SharedProducerHandle | PortProducerHandle;

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
    case "stria-port-producer":
      return new PortProducer(handle);
    default:
      handle satisfies never;
      throw new WalError("WAL_UNSUPPORTED", "this handle was made by another version of Stria");
  }
}
