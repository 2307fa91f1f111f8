/**
 * The log with the calls a host serves over a port: everything but what reaches beyond the log's own
 * thread, storage and event loop, which `Wal` adds. It decides **when**; the modules it calls know
 * **how**. Kept apart so that a bundle which only hosts logs carries nothing else.
 */
import { Appender, type AppendOptions, type WaitOptions } from "./commit/appender.ts";
import type { CommittedFrame } from "./commit/committed-frame.ts";
import type { ProducerLimits } from "./commit/producers.ts";
import type { Durability } from "./commit/durability.ts";
import { flushNow } from "./commit/flush-now.ts";
import { WalError } from "./errors.ts";
import { toHex } from "./format/bytes.ts";
import type { WalRecord } from "./format/records.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import { type WalHead, type WalOptions, integer, resolveOptions } from "./options.ts";
import { LogReads, type ReadOptions } from "./read/reads.ts";
import type { RecoveryReport } from "./recovery/report.ts";
import { abortable } from "./remote/abortable.ts";
import { allowedLowLsn } from "./retention/retention.ts";
import { type FlushStats, type WalHealth, type WalStats, health, stats } from "./stats.ts";
import type { Storage } from "./storage.ts";

/** What a host needs of a log; `Wal` is one. */
export class HostableWal {
  readonly #log: OpenLog;
  readonly #appender: Appender | undefined;
  readonly #reads: LogReads;
  #closing: Promise<void> | undefined;

  protected constructor(log: OpenLog) {
    this.#log = log;
    this.#reads = new LogReads(log.source);
    this.#appender = log.write && new Appender({ ...log.write, checkOpen: () => this.checkOpen() });
    log.source.check = () => this.checkOpen();
  }

  /** As `Wal.open`. */
  static async open(options: WalOptions): Promise<HostableWal> {
    return new this(await openLog(resolveOptions(options)));
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
    return this.appender.appendAsync(record);
  }

  /**
   * For hosts: see {@link Appender.appendEncoded}.
   * @internal
   */
  appendEncoded(encoded: Uint8Array, records: number): number {
    return this.appender.appendEncoded(encoded, records);
  }

  /** Resolves when the record `lsn` is on disk; rejects if it never will be. */
  async durable(lsn: number, options?: WaitOptions): Promise<void> {
    integer("lsn", lsn, 1, this.nextLsn - 1);
    if (lsn > this.durableLsn) {
      this.checkOpen();
      await this.appender.durable(lsn, options);
    }
  }

  /** Resolves when everything appended so far is on disk; at once if nothing is pending. */
  async commit(options?: WaitOptions): Promise<void> {
    this.checkOpen();
    const { flusher } = this.writing;
    if (flusher.poison !== undefined) throw flusher.lost(this.durableLsn + 1);
    flusher.gather();
    const last = this.nextLsn - 1;
    if (last > this.durableLsn) await this.appender.durable(last, options);
  }

  /** Resolves when there is room in the stripe again. */
  async ready(options?: WaitOptions): Promise<void> {
    this.checkOpen();
    await this.appender.ready(options);
  }

  /** Writes everything that is pending now, and syncs it unless the mode is `async`. */
  async flush(options: WaitOptions = {}): Promise<FlushStats> {
    this.checkOpen();
    const write = this.writing;
    const { flusher } = write;
    if (flusher.poison !== undefined) throw flusher.lost(this.durableLsn + 1);
    return abortable(() => flushNow(flusher, write), options.signal, "what is pending");
  }

  /** Reads records in order, as far as they are durable. */
  read(options?: ReadOptions): AsyncGenerator<WalRecord, void, undefined> {
    return this.#reads.read(options);
  }

  /** Reads records in arrays of up to 128, for replay speed. */
  readBatches(options?: ReadOptions): AsyncGenerator<WalRecord[], void, undefined> {
    return this.#reads.readBatches(options);
  }

  /** One record, or `undefined` if it is retired or not durable yet. */
  async get(lsn: number, options: WaitOptions = {}): Promise<WalRecord | undefined> {
    this.checkOpen();
    return abortable(() => this.#reads.get(lsn), options.signal, `record ${lsn}`);
  }

  /**
   * The state up to `lsn` is safe elsewhere: whole segments at or below may go, once a synced mark says so.
   * @throws RangeError above `durableLsn`.
   */
  async checkpoint(lsn: number, options: WaitOptions = {}): Promise<void> {
    this.checkOpen();
    integer("lsn", lsn, 0, this.durableLsn);
    const { flusher } = this.writing;
    if (flusher.poison !== undefined) throw flusher.poison;
    await abortable(() => this.#checkpoint(lsn), options.signal, `the checkpoint at ${lsn}`);
  }

  async #checkpoint(lsn: number): Promise<void> {
    const { flusher, writer, rules, sweeper } = this.writing;
    const { checkpointLsn, lowLsn } = writer.mark;
    const next = Math.max(checkpointLsn, lsn);
    const low = allowedLowLsn(this.#log.set, rules, { checkpointLsn: next, lowLsn });
    // A checkpoint that was cut short has left files that only a segment of this lifetime lets go.
    if (next > checkpointLsn || low > lowLsn || sweeper.waiting) {
      await flusher.run(() => writer.writeMark({ checkpointLsn: next, lowLsn: low }));
      this.#log.set.retire(low);
    }
    await sweeper.sweep();
  }

  /** Calls `listener` with every committed frame, in order; returns how to stop. Replication hangs here. */
  onDurable(listener: (frames: readonly CommittedFrame[]) => void): () => void {
    this.checkOpen();
    return this.writing.listeners.add(listener);
  }

  /** Seals the active segment and goes on under the provider's current key. */
  async rotateKey(options: WaitOptions = {}): Promise<void> {
    this.checkOpen();
    const { flusher, writer, cipher } = this.writing;
    if (cipher === undefined) throw new WalError("WAL_UNSUPPORTED", "the log has no cipher");
    const rotate = async (): Promise<void> => {
      await cipher.prepare([]);
      await flusher.run(() => writer.roll());
    };
    await abortable(rotate, options.signal, "the next segment");
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
   * `signal` ends the wait alone: a log that has begun to close will be closed.
   */
  close(options: WaitOptions = {}): Promise<void> {
    const closing = (this.#closing ??= this.closeOnce());
    return abortable(() => closing, options.signal, "the log to close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Throws once the log is closing. */
  protected checkOpen(): void {
    if (this.#closing !== undefined) throw new WalError("WAL_CLOSED", "the log is closed");
  }

  /** What producers on other threads are held to, see `ProducerPorts`. */
  get producerLimits(): ProducerLimits {
    return this.writing.limits;
  }

  /** What writing needs; throws where the log is read-only. */
  protected get writing(): NonNullable<OpenLog["write"]> {
    if (this.#log.write === undefined) throw this.#readOnly();
    return this.#log.write;
  }

  protected get appender(): Appender {
    if (this.#appender === undefined) throw this.#readOnly();
    return this.#appender;
  }

  /** The closing itself, once, whoever asks and whoever stops waiting. */
  protected closeOnce(): Promise<void> {
    return this.#log.close();
  }

  #readOnly(): WalError {
    this.checkOpen();
    const { mode } = this.#log.report;
    return new WalError(
      "WAL_UNSUPPORTED",
      `the log is read-only: it was opened with recovery "${mode}"`,
    );
  }
}
