/**
 * A log that lives in a thread of its own, as its application has it: records go through a stripe of
 * shared memory, everything else through a port. Writing, syncing, checksums and ciphers cost the
 * application's thread nothing.
 */
import { HandedOutStripes } from "../append/end-stripes.ts";
import { SharedProducer } from "../append/shared-producer.ts";
import type { ProducerHandle } from "../attach-producer.ts";
import type { AppendOptions, WaitOptions } from "../commit/appender.ts";
import { bestProducerPath } from "../commit/producer-path.ts";
import type { ProducerHandleOptions } from "../commit/producers.ts";
import { WalError, isWalError } from "../errors.ts";
import type { WalOptions } from "../options.ts";
import { whenAborted } from "../signal.ts";
import { abortable } from "./abortable.ts";
import type { CipherDescription, HostThread, ThreadRequest } from "./host-thread.ts";
import { type NumberedHandle, PRODUCER, PRODUCER_GONE } from "./hosted-producers.ts";
import { RemoteWal } from "./remote-wal.ts";
import { ordinalOf, ticketOf } from "./tickets.ts";

/** Options of `Wal.open` with `flusher: "worker"`. */
export interface WorkerWalOptions extends Omit<
  WalOptions,
  "cipher" | "checksum" | "random" | "flusher" | "blockingWrites"
> {
  readonly flusher: "worker";
  /** Cipher objects cannot be sent to a thread: it makes its own from this. */
  readonly cipher?: CipherDescription;
}

export class WorkerWal extends RemoteWal {
  readonly #thread: HostThread;
  /** Undefined where no memory is shared: appends are messages then. */
  #producer: SharedProducer | undefined;
  readonly #stripes = new HandedOutStripes();
  #ended: Promise<void> | undefined;

  private constructor(options: WorkerWalOptions, thread: HostThread) {
    super(options);
    this.#thread = thread;
    thread.onEnd((cause) => this.#died(cause));
  }

  /** Starts the thread and opens the log there. */
  static async start(options: WorkerWalOptions): Promise<WorkerWal> {
    const request = requestOf(options);
    const thread = options.storage.host?.();
    if (thread === undefined) {
      const { name } = options.storage;
      throw new WalError("WAL_UNSUPPORTED", `${name} cannot have a log in a thread of its own`);
    }
    const wal = new WorkerWal(options, thread);
    try {
      await wal.attach(thread.port, request);
      if (bestProducerPath === "shared-memory" && (options.recovery ?? "strict") === "strict") {
        const handle = await wal.producerHandle();
        if (handle.kind === "stria-shared-producer") wal.#producer = new SharedProducer(handle);
      }
      return wal;
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  override append(record: Uint8Array, options?: AppendOptions): Promise<number> {
    return this.#producer?.append(record, options) ?? super.append(record, options);
  }

  override appendBatch(records: readonly Uint8Array[], options?: AppendOptions): Promise<number[]> {
    return this.#producer?.appendBatch(records, options) ?? super.appendBatch(records, options);
  }

  override appendAsync(record: Uint8Array): number {
    if (this.#producer === undefined) return super.appendAsync(record);
    return ticketOf(this.#producer.appendAsync(record));
  }

  /** Appends and blocks this thread until the record is durable. */
  appendSync(record: Uint8Array): number {
    if (this.#producer === undefined) {
      throw new WalError("WAL_UNSUPPORTED", "appendSync needs memory shared with the log's thread");
    }
    return this.#producer.appendSync(record);
  }

  override durable(lsnOrTicket: number, options: WaitOptions = {}): Promise<void> {
    const ticket = ordinalOf(lsnOrTicket);
    if (this.#producer === undefined || ticket === undefined) {
      return super.durable(lsnOrTicket, options);
    }
    return this.#producer.durable(ticket, options);
  }

  override async commit(options: WaitOptions = {}): Promise<void> {
    if (this.#producer === undefined) return super.commit(options);
    return abortable(
      () => this.ask("commit") as Promise<void>,
      options.signal,
      "what was appended",
    );
  }

  override ready(options?: WaitOptions): Promise<void> {
    return this.#producer?.ready(options) ?? super.ready(options);
  }

  /** As `Wal.producerHandle`, asked of the log's thread. */
  async producerHandle(options: ProducerHandleOptions = {}): Promise<ProducerHandle> {
    const { worker, signal, path } = options;
    if (path === "messages") {
      throw new WalError(
        "WAL_UNSUPPORTED",
        'producers over messages need the log in this thread: open it with flusher: "inline"',
      );
    }
    if (signal?.aborted === true) throw new TypeError("the signal has fired already");
    const asked = this.ask(PRODUCER) as Promise<NumberedHandle>;
    // From now on: the worker may exit while its handle is being made.
    const gone = (): void => void this.#release(asked);
    worker?.once("exit", gone);
    const forget = whenAborted(signal, gone);
    try {
      const { handle } = await asked;
      if (handle.kind === "stria-shared-producer") this.#stripes.add(handle.memory);
      return handle;
    } catch (error) {
      worker?.off?.("exit", gone);
      forget();
      throw error;
    }
  }

  override get durableLsn(): number {
    return Math.max(super.durableLsn, this.#producer?.durableLsn ?? 0);
  }

  override get nextLsn(): number {
    return Math.max(super.nextLsn, (this.#producer?.lastLsn ?? 0) + 1);
  }

  override close(options: WaitOptions = {}): Promise<void> {
    const ended = (this.#ended ??= this.#close());
    return abortable(() => ended, options.signal, "the log to close");
  }

  async #close(): Promise<void> {
    try {
      // Who waited for a record was told if it failed; what that means for the log its close says.
      await this.#producer?.detach().catch(() => undefined);
      await super.close();
    } finally {
      await this.#thread.end();
    }
  }

  /** A producer's worker is gone. */
  async #release(asked: Promise<NumberedHandle>): Promise<void> {
    try {
      const { number } = await asked;
      await this.ask(PRODUCER_GONE, number);
    } catch (error) {
      // Where the log is closed or its thread has ended there is nobody to tell, and nothing to free.
      if (!isWalError(error)) throw error;
    }
  }

  /** Nobody is answered any more, by message or by shared memory. */
  #died(cause: Error): void {
    // Also during a close, which waits for an answer; after it there is nothing to lose.
    this.hostLost(cause);
    this.#stripes.end();
  }
}

/** What can be sent to the thread; refuses what cannot. */
function requestOf(options: WorkerWalOptions): ThreadRequest {
  const {
    storage: _storage,
    onEvent: _onEvent,
    clock,
    cipher,
    flusher: _flusher,
    ...wal
  } = options;
  if (clock !== undefined) {
    throw new TypeError('a clock cannot be sent to a thread: open the log with flusher: "inline"');
  }
  for (const [name, value] of Object.entries(wal)) {
    if (typeof value === "function") {
      throw new TypeError(
        `${name} cannot be sent to a thread: open the log with flusher: "inline"`,
      );
    }
  }
  if (cipher === undefined) return { wal };
  const { module } = cipher;
  const url = typeof module === "object" ? module.href : module;
  if (typeof url !== "string") {
    throw new TypeError("a cipher cannot be sent to a thread: describe it as { module, keys }");
  }
  return { wal, cipher: { ...cipher, module: url } };
}
