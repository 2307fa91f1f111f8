/**
 * The public log: what `HostableWal` has, and what reaches beyond it: threads, other storages, readers
 * without a lock, blocking calls. One instance is one writer of one log for one lifetime, from
 * `Wal.open` to `close`.
 */
import type { ProducerHandle } from "./attach-producer.ts";
import { copyLog } from "./backup.ts";
import type { WaitOptions } from "./commit/appender.ts";
import { bestProducerPath } from "./commit/producer-path.ts";
import { type ProducerHandleOptions, Producers } from "./commit/producers.ts";
import { WalError } from "./errors.ts";
import { HostableWal } from "./hostable-wal.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import { type WalOptions, resolveOptions } from "./options.ts";
import { openReader, type WalReader, type WalReaderOptions } from "./read/outside-reader.ts";
import { ProducerPorts } from "./remote/producer-ports.ts";
import { WorkerWal, type WorkerWalOptions } from "./remote/worker-wal.ts";
import type { Storage } from "./storage.ts";

/** A write-ahead log. */
export class Wal extends HostableWal {
  readonly #log: OpenLog;
  #producers: Producers | undefined;
  #ports: ProducerPorts | undefined;

  private constructor(log: OpenLog) {
    super(log);
    this.#log = log;
  }

  /**
   * Opens a log, creating it if the storage is empty. Existing files are never changed; when it
   * resolves, everything it shows is vouched for on disk.
   * @throws WalError `WAL_LOCKED` `WAL_CORRUPT` `WAL_UNSUPPORTED_VERSION` `WAL_STORAGE` `WAL_NO_SPACE`
   *   `WAL_UNKNOWN_KEY` `WAL_WRONG_KEY` `WAL_TAMPERED` `WAL_PLAINTEXT` `WAL_ROLLBACK`; the lock is released then.
   * @throws TypeError RangeError for a bad option, before anything is touched.
   */
  static override open(options: WalOptions): Promise<Wal>;
  /** Opens it in a thread of its own, where the storage can: `append` copies into shared memory, no more. */
  static override open(options: WorkerWalOptions): Promise<WorkerWal>;
  static override async open(options: WalOptions | WorkerWalOptions): Promise<Wal | WorkerWal> {
    if (options?.flusher === "worker") return WorkerWal.start(options);
    return new Wal(await openLog(resolveOptions(options)));
  }

  /** Reads a log without the lock, while another process may be writing: shows what is vouched for on disk. */
  static openReader(options: WalReaderOptions): Promise<WalReader> {
    return openReader(options);
  }

  /** Appends and blocks until the record is durable; only where the storage has blocking calls. */
  appendSync(record: Uint8Array): number {
    if (this.#log.storage.blocking === undefined) {
      throw new WalError("WAL_UNSUPPORTED", `${this.#log.storage.name} has no blocking calls`);
    }
    return this.appender.appendSync(record);
  }

  /**
   * Copies the durable log, as it is on disk, into an empty storage while this one goes on. `signal` stops
   * it; what was copied is removed again.
   */
  async backup(target: Storage, options: WaitOptions = {}): Promise<void> {
    this.checkOpen();
    const { flusher, writer } = this.writing;
    await this.commit(options);
    if (writer.needsMark) await flusher.run(() => writer.writeMark());
    const { signal } = options;
    await copyLog(this.#log.source, target, { active: writer.active?.segment, signal });
  }

  /**
   * A stripe for another thread: post the handle to a worker and `attachProducer(handle)` there. With
   * `worker` the stripe is freed when that worker exits, whatever it was doing.
   * @throws WalError `WAL_BACKPRESSURE` when `stripes` producers are attached, `WAL_UNSUPPORTED` without shared memory where it is asked for
   */
  producerHandle(options: ProducerHandleOptions = {}): ProducerHandle {
    this.checkOpen();
    const { flusher, source, limits } = this.writing;
    if (flusher.poison !== undefined) throw flusher.poison;
    if (options.signal?.aborted === true) throw new TypeError("the signal has fired already");
    if ((options.path ?? bestProducerPath) === "shared-memory") {
      this.#producers ??= new Producers(source, flusher, limits);
      return this.#producers.handle(options);
    }
    this.#ports ??= new ProducerPorts(this, limits);
    return this.#ports.handle(options);
  }

  protected override async closeOnce(): Promise<void> {
    try {
      await super.closeOnce();
    } finally {
      await this.#ports?.dismiss();
    }
  }
}
