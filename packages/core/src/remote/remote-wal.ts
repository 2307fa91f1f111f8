/**
 * The log from the other side of a port: the same calls as `Wal`, answered by a host that has the real one. It
 * decides when; the outbox, the calls and the readers know how. It outlives its host if it is given another one.
 */
import { type RecordLimits, checkedBytes, checkedRecordBytes } from "../append/record-limits.ts";
import { notAppended } from "../append/wait-for-room.ts";
import type { AppendOptions, WaitOptions } from "../commit/appender.ts";
import type { Durability } from "../commit/durability.ts";
import type { CommittedFrame } from "../commit/log-writer.ts";
import { WalError } from "../errors.ts";
import { type WalRecord, lsnsFrom } from "../format/records.ts";
import { type WalHead, integer } from "../options.ts";
import type { ReadOptions } from "../read/reads.ts";
import type { RecoveryReport } from "../recovery/report.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { FlushStats, WalHealth, WalStats } from "../stats.ts";
import { abortable } from "./abortable.ts";
import { HostLink } from "./host-link.ts";
import type { HostedAbout } from "./messages.ts";
import type { Port } from "./port.ts";
import { type RemoteWalOptions, resolveRemoteOptions } from "./remote-options.ts";
import { ordinalOf, ticketOf } from "./tickets.ts";

/**
 * A log behind a port. Getters, `stats`, `health` and `head` tell what was known when the host last
 * spoke: every answer brings them up to date. `appendAsync` returns a ticket instead of the LSN.
 */
export class RemoteWal {
  readonly #link: HostLink;
  readonly #limits: RecordLimits;
  #closing: Promise<void> | undefined;

  protected constructor(options: RemoteWalOptions) {
    const { link, maxRecordBytes } = resolveRemoteOptions(options, () =>
      this.#link.outbox.describe(),
    );
    this.#link = new HostLink(link);
    this.#limits = { maxRecordBytes, maxBatchBytes: Infinity };
  }

  /**
   * Asks the host on the other side of `port` to open its log. Rejects with what its `open` rejected with.
   * @throws TypeError RangeError for a bad option.
   */
  static async open(port: Port, options: RemoteWalOptions = {}): Promise<RemoteWal> {
    const wal = RemoteWal.detached(options);
    await wal.attach(port, options.request);
    return wal;
  }

  /** A remote log without a host yet: it waits for {@link attach}. */
  static detached(options: RemoteWalOptions = {}): RemoteWal {
    return new RemoteWal(options);
  }

  /** Goes on with the host on the other side of `port`. Rejects if that cannot do what `request` asks. */
  attach(port: Port, request?: unknown): Promise<void> {
    return this.#link.attach(port, request);
  }

  /**
   * To be called by whoever notices that the host has died. Everything in its hands is rejected with
   * `WAL_OUTCOME_UNKNOWN`; the rest with `WAL_CLOSED`, or it waits for {@link attach}.
   */
  hostLost(cause: Error): void {
    this.#link.lost(cause);
  }

  /**
   * Has the host close the log and lets go of it, as if it were closed here too; but appends, calls and
   * readers from now on wait for {@link attach}. Needs `awaitsNextHost`.
   */
  leave(): Promise<void> {
    return this.#link.leave();
  }

  /** Ends this remote log: no host will come, because of `cause`. */
  abandon(cause: Error): void {
    this.#link.end(cause);
  }

  /** Asks the host for something of its own; see `HostedWal.answer`. */
  async ask(verb: string, argument?: unknown, options?: WaitOptions): Promise<unknown> {
    this.#checkOpen();
    const { calls } = this.#link;
    return abortable(() => calls.ask(verb, argument), options?.signal, `the answer to ${verb}`);
  }

  /** As `Wal.append`. Also rejects with `WAL_OUTCOME_UNKNOWN` if the host dies with the record in its hands. */
  append(record: Uint8Array, options?: AppendOptions): Promise<number> {
    try {
      const { outbox } = this.#link;
      this.#checkOpen(options?.signal);
      const bytes = checkedRecordBytes(record, this.#limits);
      if (options === undefined && outbox.fits(bytes)) {
        return new Promise((resolve, reject) => {
          outbox.add(record, resolve, reject);
        });
      }
      return outbox.take([record], bytes, { ...options, isBatch: false });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `Wal.appendBatch`. */
  async appendBatch(
    records: readonly Uint8Array[],
    options: AppendOptions = {},
  ): Promise<number[]> {
    this.#checkOpen(options.signal);
    const bytes = checkedBytes(records, this.#limits);
    const { length } = records;
    if (length === 0) return [];
    const { outbox } = this.#link;
    const first = await outbox.take(records, bytes, { ...options, isBatch: true });
    return lsnsFrom(first, length);
  }

  /**
   * Appends a copy of `record` and returns a ticket at once; hand it to {@link durable}, which also tells
   * if the log refused the record after all.
   * @throws WalError `WAL_BACKPRESSURE` when too much waits for the host: `await wal.ready()`.
   */
  appendAsync(record: Uint8Array): number {
    const { outbox } = this.#link;
    this.#checkOpen();
    const bytes = checkedRecordBytes(record, this.#limits);
    if (!outbox.fits(bytes)) throw outbox.refuse();
    outbox.add(record);
    return ticketOf(outbox.lastOrdinal);
  }

  /** Resolves when the record with this LSN or ticket is on disk; rejects if it never will be. */
  async durable(lsnOrTicket: number, options: WaitOptions = {}): Promise<void> {
    const ordinal = ordinalOf(lsnOrTicket);
    if (ordinal === undefined && lsnOrTicket >= 1 && lsnOrTicket <= this.durableLsn) return;
    this.#checkOpen();
    const { outbox } = this.#link;
    if (ordinal === undefined) {
      outbox.push();
      await this.ask("durable", lsnOrTicket, options);
      return;
    }
    integer("ticket", ordinal, 1, outbox.lastOrdinal);
    outbox.push();
    await abortable(() => this.#ticketDurable(ordinal), options.signal, "the ticket's record");
  }

  /** As `Wal.commit`; also rejects if a record of `appendAsync` was refused since the last call. */
  async commit(options: WaitOptions = {}): Promise<void> {
    this.#checkOpen();
    const { outbox, state } = this.#link;
    const failure = outbox.tickets.takeFailure() ?? state?.poisoned;
    if (failure !== undefined) throw failure;
    if (outbox.pending === 0 && this.nextLsn - 1 <= this.durableLsn) return;
    await abortable(() => this.#committed(), options.signal, "what was appended");
  }

  /** Resolves when half of the room for waiting records is free. */
  async ready(options: WaitOptions = {}): Promise<void> {
    this.#checkOpen();
    const { outbox } = this.#link;
    const half = Math.floor(outbox.capacity / 2);
    if (!outbox.fits(half)) await outbox.whenRoom(half, () => undefined, options);
  }

  /** As `Wal.flush`. */
  async flush(options?: WaitOptions): Promise<FlushStats> {
    this.#checkOpen();
    this.#link.outbox.push();
    return (await this.ask("flush", undefined, options)) as FlushStats;
  }

  /** As `Wal.read`; records arrive in blocks, two ahead at most. */
  async *read(options?: ReadOptions): AsyncGenerator<WalRecord, void, undefined> {
    for await (const batch of this.readBatches(options)) yield* batch;
  }

  /** As `Wal.readBatches`. */
  readBatches(options: ReadOptions = {}): AsyncGenerator<WalRecord[], void, undefined> {
    this.#checkOpen();
    const { signal, ...rest } = options;
    return this.#link.readers.read(rest, signal);
  }

  /** As `Wal.get`. */
  async get(lsn: number, options?: WaitOptions): Promise<WalRecord | undefined> {
    return (await this.ask("get", lsn, options)) as WalRecord | undefined;
  }

  /** As `Wal.checkpoint`. */
  async checkpoint(lsn: number, options?: WaitOptions): Promise<void> {
    await this.ask("checkpoint", lsn, options);
  }

  /** As `Wal.rotateKey`. */
  async rotateKey(options?: WaitOptions): Promise<void> {
    await this.ask("rotateKey", undefined, options);
  }

  /** As `Wal.keysInUse`, asked of the host. */
  async keysInUse(): Promise<string[]> {
    return (await this.ask("keysInUse")) as string[];
  }

  /** As `Wal.onDurable`; frames are copied through the port. */
  onDurable(listener: (frames: readonly CommittedFrame[]) => void): () => void {
    this.#checkOpen();
    return this.#link.onFrames(listener);
  }

  /** Brings the getters, `stats`, `health` and `head` up to date. */
  async refresh(options?: WaitOptions): Promise<void> {
    await this.ask("state", undefined, options);
  }

  /** As `Wal.head`, as last known. */
  head(): WalHead {
    return { lsn: this.durableLsn, chain: this.#link.state?.chain ?? "" };
  }

  /** As `Wal.stats`, as last known; the last stripe is what waits on this side of the port. */
  stats(): WalStats {
    return this.#link.stats();
  }

  /** As `Wal.health`, as last known; not well while there is no host. */
  get health(): WalHealth {
    return this.#link.health();
  }

  get firstLsn(): number {
    return this.#link.state?.firstLsn ?? 1;
  }

  /** Everything up to and including it survives; the log may be ahead of it. */
  get durableLsn(): number {
    return this.#link.state?.durableLsn ?? 0;
  }

  /** LSN after the newest one known here; what is on its way has none yet. */
  get nextLsn(): number {
    return this.#link.state?.nextLsn ?? 1;
  }

  get checkpointLsn(): number {
    return this.#link.state?.checkpointLsn ?? 0;
  }

  get durability(): Durability {
    return this.#link.about.durability;
  }

  /** Name and capabilities of the storage on the other side, as of the open. */
  get storage(): HostedAbout["storage"] {
    return this.#link.about.storage;
  }

  /** What the host's open found, cut and carried. */
  get recovery(): RecoveryReport {
    return this.#link.about.recovery;
  }

  /** As `Wal.close`. Without a host there is nothing to close but this end. */
  close(options: WaitOptions = {}): Promise<void> {
    const closing = (this.#closing ??= this.closeOnce());
    return abortable(() => closing, options.signal, "the log to close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The closing itself, once, whoever asks and whoever stops waiting. */
  protected closeOnce(): Promise<void> {
    return this.#link.close();
  }

  async #ticketDurable(ordinal: number): Promise<void> {
    const lsn = await this.#link.outbox.lsnOf(ordinal);
    if (lsn > this.durableLsn) await this.#link.calls.ask("durable", lsn);
  }

  async #committed(): Promise<void> {
    const { outbox, calls } = this.#link;
    const { lastOrdinal } = outbox;
    outbox.push();
    await calls.ask("commit");
    if (lastOrdinal > 0) await outbox.answered(lastOrdinal);
    const failure = outbox.tickets.takeFailure();
    if (failure !== undefined) throw failure;
  }

  #checkOpen(signal?: AbortSignalLike): void {
    if (this.#closing !== undefined) throw new WalError("WAL_CLOSED", "the log is closed");
    this.#link.checkAlive();
    if (signal?.aborted === true) throw notAppended(signal);
  }
}
