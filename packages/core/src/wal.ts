/**
 * The public log: decides **when**; the modules it calls know **how**. One instance is one writer of
 * one log for one lifetime, from `Wal.open` to `close`.
 */
import { Appender, type AppendOptions, type WaitOptions } from "./commit/appender.ts";
import type { Durability } from "./commit/durability.ts";
import { flushNow } from "./commit/flush-now.ts";
import type { CommittedFrame } from "./commit/committed-frame.ts";
import { type ProducerHandleOptions, bestProducerPath } from "./commit/producers.ts";
import type { ProducerHandle } from "./attach-producer.ts";
import { copyLog } from "./backup.ts";
import { WalError } from "./errors.ts";
import { toHex } from "./format/bytes.ts";
import type { WalRecord } from "./format/records.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import { type WalHead, type WalOptions, integer, resolveOptions } from "./options.ts";
import { openReader, type WalReader, type WalReaderOptions } from "./read/outside-reader.ts";
import { LogReads, type ReadOptions } from "./read/reads.ts";
import type { RecoveryReport } from "./recovery/report.ts";
import { allowedLowLsn } from "./retention/retention.ts";
import { type FlushStats, type WalHealth, type WalStats, health, stats } from "./stats.ts";
import { ProducerPorts } from "./remote/producer-ports.ts";
import { WorkerWal, type WorkerWalOptions } from "./remote/worker-wal.ts";
import type { Storage } from "./storage.ts";

/** A write-ahead log. */
export class Wal {
  readonly #log: OpenLog;
  readonly #appender: Appender | undefined;
  readonly #reads: LogReads;
  #ports: ProducerPorts | undefined;
  #closing: Promise<void> | undefined;

  private constructor(log: OpenLog) {
    this.#log = log;
    this.#reads = new LogReads(log.source);
    this.#appender =
      log.write && new Appender({ ...log.write, checkOpen: () => this.#checkOpen() });
  }

  /**
   * Opens a log, creating it if the storage is empty. Existing files are never changed; when it
   * resolves, everything it shows is vouched for on disk.
   * @throws WalError `WAL_LOCKED` `WAL_CORRUPT` `WAL_UNSUPPORTED_VERSION` `WAL_STORAGE` `WAL_NO_SPACE`
   *   `WAL_UNKNOWN_KEY` `WAL_WRONG_KEY` `WAL_TAMPERED` `WAL_PLAINTEXT` `WAL_ROLLBACK`; the lock is released then.
   * @throws TypeError RangeError for a bad option, before anything is touched.
   */
  static open(options: WalOptions): Promise<Wal>;
  /** Opens it in a thread of its own, where the storage can: `append` copies into shared memory, no more. */
  static open(options: WorkerWalOptions): Promise<WorkerWal>;
  static async open(options: WalOptions | WorkerWalOptions): Promise<Wal | WorkerWal> {
    if (options?.flusher === "worker") return WorkerWal.start(options);
    const log = await openLog(resolveOptions(options));
    const wal = new Wal(log);
    log.source.check = () => wal.#checkOpen();
    return wal;
  }

  /** Reads a log without the lock, while another process may be writing: shows what is vouched for on disk. */
  static openReader(options: WalReaderOptions): Promise<WalReader> {
    return openReader(options);
  }

  /**
   * Appends a copy of `record`. Resolves to its LSN when the mode's promise holds (synced, in the
   * default mode); waits for room up to `maxAppendBlockMs`.
   * @throws WalError `WAL_BACKPRESSURE` `WAL_RECORD_TOO_LARGE` `WAL_NO_SPACE` `WAL_STORAGE` `WAL_POISONED` `WAL_CLOSED` `WAL_ABORTED`
   */
  append(record: Uint8Array, options?: AppendOptions): Promise<number> {
    return this.#appender?.append(record, options) ?? Promise.reject(this.#readOnly());
  }

  /** Appends all records or none, with contiguous LSNs, in one frame; `[]` for `[]`. */
  appendBatch(records: readonly Uint8Array[], options?: AppendOptions): Promise<number[]> {
    return this.#appender?.appendBatch(records, options) ?? Promise.reject(this.#readOnly());
  }

  /**
   * Appends a copy of `record` and returns its LSN at once; hand it to {@link durable}.
   * @throws WalError `WAL_BACKPRESSURE` when the stripe is full: `await wal.ready()`.
   */
  appendAsync(record: Uint8Array): number {
    return this.#writing().appendAsync(record);
  }

  /** Appends and blocks until the record is durable; only where the storage has blocking calls. */
  appendSync(record: Uint8Array): number {
    if (this.#log.storage.blocking === undefined) {
      throw new WalError("WAL_UNSUPPORTED", `${this.#log.storage.name} has no blocking calls`);
    }
    return this.#writing().appendSync(record);
  }

  /** Resolves when the record `lsn` is on disk; rejects if it never will be. */
  async durable(lsn: number, options?: WaitOptions): Promise<void> {
    integer("lsn", lsn, 1, this.nextLsn - 1);
    if (lsn > this.durableLsn) {
      this.#checkOpen();
      await this.#writing().durable(lsn, options);
    }
  }

  /** Resolves when everything appended so far is on disk; at once if nothing is pending. */
  async commit(options?: WaitOptions): Promise<void> {
    this.#checkOpen();
    const { flusher } = this.#write();
    if (flusher.poison !== undefined) throw flusher.lost(this.durableLsn + 1);
    flusher.gather();
    const last = this.nextLsn - 1;
    if (last > this.durableLsn) await this.#writing().durable(last, options);
  }

  /** Resolves when there is room in the stripe again. */
  async ready(options?: WaitOptions): Promise<void> {
    this.#checkOpen();
    await this.#writing().ready(options);
  }

  /** Writes everything that is pending now, and syncs it unless the mode is `async`. */
  async flush(): Promise<FlushStats> {
    this.#checkOpen();
    const write = this.#write();
    const { flusher } = write;
    if (flusher.poison !== undefined) throw flusher.lost(this.durableLsn + 1);
    return flushNow(flusher, write);
  }

  /** Reads records in order, as far as they are durable. */
  read(options?: ReadOptions): AsyncGenerator<WalRecord, void, undefined> {
    return this.#reads.read(options);
  }

  /** Reads records in arrays of about a frame, for replay speed. */
  readBatches(options?: ReadOptions): AsyncGenerator<WalRecord[], void, undefined> {
    return this.#reads.readBatches(options);
  }

  /** One record, or `undefined` if it is retired or not durable yet. */
  async get(lsn: number): Promise<WalRecord | undefined> {
    this.#checkOpen();
    return this.#reads.get(lsn);
  }

  /**
   * The state up to `lsn` is safe elsewhere: whole segments at or below may go, once a synced mark says so.
   * @throws RangeError above `durableLsn`.
   */
  async checkpoint(lsn: number): Promise<void> {
    this.#checkOpen();
    integer("lsn", lsn, 0, this.durableLsn);
    const { flusher, writer, rules, sweeper } = this.#write();
    if (flusher.poison !== undefined) throw flusher.poison;
    const { checkpointLsn, lowLsn } = writer.mark;
    const next = Math.max(checkpointLsn, lsn);
    const low = allowedLowLsn(this.#log.set, rules, { checkpointLsn: next, lowLsn });
    if (next > checkpointLsn || low > lowLsn) {
      await flusher.run(() => writer.writeMark({ checkpointLsn: next, lowLsn: low }));
      this.#log.set.retire(low);
    }
    await sweeper.sweep();
  }

  /** Copies the durable log, as it is on disk, into an empty storage while this one goes on. */
  async backup(target: Storage): Promise<void> {
    this.#checkOpen();
    const { flusher, writer } = this.#write();
    await this.commit();
    if (writer.needsMark) await flusher.run(() => writer.writeMark());
    await copyLog(this.#log.source, target, writer.active?.segment);
  }

  /** Calls `listener` with every committed frame, in order; returns how to stop. Replication hangs here. */
  onDurable(listener: (frames: readonly CommittedFrame[]) => void): () => void {
    this.#checkOpen();
    return this.#write().listeners.add(listener);
  }

  /**
   * A stripe for another thread: post the handle to a worker and `attachProducer(handle)` there. With
   * `worker` the stripe is freed when that worker exits, whatever it was doing.
   * @throws WalError `WAL_BACKPRESSURE` when `stripes` producers are attached, `WAL_UNSUPPORTED` without shared memory where it is asked for
   */
  producerHandle(options: ProducerHandleOptions = {}): ProducerHandle {
    this.#checkOpen();
    const { flusher, producers } = this.#write();
    if (flusher.poison !== undefined) throw flusher.poison;
    if (options.signal?.aborted === true) throw new TypeError("the signal has fired already");
    if ((options.path ?? bestProducerPath) === "shared-memory") return producers.handle(options);
    this.#ports ??= new ProducerPorts(this, producers.limits);
    return this.#ports.handle(options);
  }

  /** Seals the active segment and goes on under the provider's current key. */
  async rotateKey(): Promise<void> {
    this.#checkOpen();
    const { flusher, writer, cipher } = this.#write();
    if (cipher === undefined) throw new WalError("WAL_UNSUPPORTED", "the log has no cipher");
    await cipher.prepare([]);
    await flusher.run(() => writer.roll());
  }

  /** Ids of the keys the live segments need, as hex. */
  keysInUse(): string[] {
    const ids = this.#log.set.segments.flatMap(({ header }) => header.cipher?.keyId ?? []);
    return [...new Set(ids.map(toHex))];
  }

  /** The newest durable place of this log; keep it elsewhere and give it to `minHead` to detect a rollback. */
  head(): WalHead {
    return { lsn: this.durableLsn, chain: toHex(this.#log.set.chain) };
  }

  /** Counters and gauges since the log was opened. */
  stats(): WalStats {
    return stats(this.#log);
  }

  /** Is the log well, and since when not. */
  get health(): WalHealth {
    return health(this.#log);
  }

  get firstLsn(): number {
    return this.#reads.firstLsn;
  }

  /** Everything up to and including it survives. */
  get durableLsn(): number {
    return this.#log.set.lastLsn;
  }

  /** LSN the next record gets. */
  get nextLsn(): number {
    return this.#appender?.nextLsn ?? this.durableLsn + 1;
  }

  get checkpointLsn(): number {
    return this.#log.write?.writer.mark.checkpointLsn ?? this.#log.checkpointLsn;
  }

  get durability(): Durability {
    return this.#log.durability;
  }

  get storage(): Storage {
    return this.#log.storage;
  }

  /** What this open found, cut and carried. */
  get recovery(): RecoveryReport {
    return this.#log.report;
  }

  /**
   * Writes and syncs what is pending, seals, releases the lock; idempotent. A poisoned log writes
   * nothing. Rejects if the last records could not be made durable; the lock is released even then.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#log.close();
    } finally {
      await this.#ports?.dismiss();
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new WalError("WAL_CLOSED", "the log is closed");
  }

  #write(): NonNullable<OpenLog["write"]> {
    if (this.#log.write === undefined) throw this.#readOnly();
    return this.#log.write;
  }

  #writing(): Appender {
    if (this.#appender === undefined) throw this.#readOnly();
    return this.#appender;
  }

  #readOnly(): WalError {
    this.#checkOpen();
    const { mode } = this.#log.report;
    return new WalError(
      "WAL_UNSUPPORTED",
      `the log is read-only: it was opened with recovery "${mode}"`,
    );
  }
}
