/**
 * A producer where no memory can be shared: the same calls over a message port, everything that is
 * appended in one turn in one message. It is a remote log that may only append.
 */
import type { Producer, ProducerAppendOptions } from "../append/producer.ts";
import type { RecordLimits } from "../append/record-limits.ts";
import type { WaitOptions } from "../commit/appender.ts";
import { WalError } from "../errors.ts";
import { LEAVE } from "./messages.ts";
import type { Port } from "./port.ts";
import { RemoteWal } from "./remote-wal.ts";

/** A port that may keep a thread alive, or not. */
export interface ProducerPort extends Port {
  ref?(): void;
  unref?(): void;
}

/** A handle around a message port: post it with its `transfer` list. */
export interface PortProducerHandle {
  readonly kind: "stria-port-producer";
  readonly port: ProducerPort;
  readonly limits: RecordLimits;
  readonly stripeBytes: number;
  readonly maxAppendBlockMs: number;
  readonly transfer: readonly ProducerPort[];
}

export class PortProducer implements Producer {
  readonly #remote: RemoteWal;
  readonly #port: ProducerPort;
  #calls = 0;
  #detaching: Promise<void> | undefined;

  constructor(handle: PortProducerHandle) {
    const { port, limits, stripeBytes, maxAppendBlockMs } = handle;
    const { maxRecordBytes } = limits;
    this.#port = port;
    this.#remote = RemoteWal.detached({ stripeBytes, maxRecordBytes, maxAppendBlockMs });
    const end = (error: Error): void => this.#remote.abandon(error);
    // Ports that tell of their end: the log's thread is gone.
    port.addEventListener("close" as "message", () => {
      end(new WalError("WAL_OUTCOME_UNKNOWN", "the thread that owned the log has died"));
    });
    this.#remote.attach(port).catch(end);
    port.unref?.();
  }

  append(record: Uint8Array, options?: ProducerAppendOptions): Promise<number> {
    return this.#alive(() => this.#remote.append(record, options));
  }

  appendBatch(records: readonly Uint8Array[], options?: ProducerAppendOptions): Promise<number[]> {
    return this.#alive(() => this.#remote.appendBatch(records, options));
  }

  appendAsync(record: Uint8Array): number {
    this.#checkAttached();
    return this.#remote.appendAsync(record);
  }

  appendSync(_record: Uint8Array): number {
    throw new WalError(
      "WAL_UNSUPPORTED",
      "appendSync of a producer needs shared memory (in browsers: cross-origin isolation)",
    );
  }

  durable(ticket: number, options?: WaitOptions): Promise<void> {
    return this.#alive(() => this.#remote.durable(ticket, options));
  }

  ready(options?: WaitOptions): Promise<void> {
    return this.#alive(() => this.#remote.ready(options));
  }

  detach(): Promise<void> {
    this.#detaching ??= this.#detach();
    return this.#detaching;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach();
  }

  async #detach(): Promise<void> {
    this.#port.ref?.();
    try {
      await this.#remote.commit();
      await this.#remote.ask(LEAVE);
    } finally {
      await this.#remote.close();
      this.#port.unref?.();
    }
  }

  /** Who waits for an answer must live to get it; an idle producer keeps no thread alive. */
  async #alive<T>(call: () => Promise<T>): Promise<T> {
    this.#checkAttached();
    if (this.#calls++ === 0) this.#port.ref?.();
    try {
      return await call();
    } finally {
      if (--this.#calls === 0) this.#port.unref?.();
    }
  }

  #checkAttached(): void {
    if (this.#detaching !== undefined) throw new WalError("WAL_CLOSED", "the producer is detached");
  }
}
