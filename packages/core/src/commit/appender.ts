/**
 * The front door: checks records, gives them LSNs, puts them into the stripe, and says when they are
 * acknowledged. Everything is checked before the first LSN of a call is given out (I2).
 */
import { RECORD_PREFIX_BYTES, lsnsFrom } from "../format/records.ts";
import type { Sequencer } from "../append/sequencer.ts";
import type { Stripe } from "../append/stripe.ts";
import { type RecordLimits, checkedBytes, checkedRecordBytes } from "../append/record-limits.ts";
import { type RoomQueue, backpressure } from "../append/room.ts";
import { notAppended, waitForRoom } from "../append/wait-for-room.ts";
import { WalError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import { type DurabilityPolicy, checkAsked } from "./durability.ts";
import type { Flusher } from "./flusher.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Watermark } from "./watermark.ts";

/** Options of a call that may wait. */
export interface WaitOptions {
  /** Stops the wait. A record that has an LSN stays appended. */
  readonly signal?: AbortSignalLike;
}

/** Options of `append` and `appendBatch`. */
export interface AppendOptions extends WaitOptions {
  /** Acknowledge this call only when it is synced, and sync it now, whatever the log's mode. */
  readonly durability?: "synchronous";
}

/** What a host asks for besides. */
export interface NumberedOptions extends AppendOptions {
  /** Told the first LSN as soon as there is one, before anything else happens. */
  readonly onLsn?: (lsn: number) => void;
}

export interface AppenderParts extends RecordLimits {
  readonly stripe: Stripe;
  readonly source: Sequencer;
  readonly room: RoomQueue;
  readonly flusher: Flusher;
  readonly watermark: Watermark;
  readonly writer: LogWriter;
  readonly policy: DurabilityPolicy;
  /** Throws `WAL_NO_SPACE` if so many more bytes would exceed `maxTotalBytes`. */
  readonly checkSpace: (bytes: number) => void;
  /** Throws `WAL_CLOSED` once closing has begun. */
  readonly checkOpen: () => void;
  readonly onBackpressure: () => void;
}

const noOptions: NumberedOptions = {};

export class Appender {
  readonly #parts: AppenderParts;
  /** Of the record `appendAsync` refused last: were `ready` content with less, a caller could spin. */
  #refusedBytes = 0;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  /** LSN of the next record, as far as other threads' records are numbered. */
  get nextLsn(): number {
    return this.#parts.source.nextLsn;
  }

  append(record: Uint8Array, options: NumberedOptions = noOptions): Promise<number> {
    try {
      checkAsked(options.durability);
      const bytes = this.#check(record, options.signal);
      if (this.#fits(bytes)) return this.#acknowledged(this.#push(record, options.onLsn), options);
      return this.#appendLater(record, bytes, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A method of its own: the closures it makes must not cost the appends that find room. */
  async #appendLater(record: Uint8Array, bytes: number, options: NumberedOptions): Promise<number> {
    // The caller may reuse its bytes while this call waits. Not `slice()`: on a Node Buffer that is a view.
    const copy = new Uint8Array(record);
    const admit = (): number => {
      // Others have been appended meanwhile: the space there was when this call came may be theirs.
      this.#parts.checkSpace(bytes);
      return this.#push(copy, options.onLsn);
    };
    const lsn = await this.#whenRoom(bytes, admit, options);
    return this.#acknowledged(lsn, options);
  }

  async appendBatch(
    records: readonly Uint8Array[],
    options: NumberedOptions = {},
  ): Promise<number[]> {
    checkAsked(options.durability);
    const bytes = this.#checkBatch(records, options.signal);
    const { length } = records;
    if (length === 0) return [];
    let first: number;
    if (this.#fits(bytes)) {
      first = this.#pushBatch(records, bytes, options.onLsn);
    } else {
      // Not `slice()`: on a Node Buffer that is a view.
      const copies = records.map((record) => new Uint8Array(record));
      const admit = (): number => {
        this.#parts.checkSpace(bytes);
        return this.#pushBatch(copies, bytes, options.onLsn);
      };
      first = await this.#whenRoom(bytes, admit, options);
    }
    await this.#acknowledged(first + length - 1, options);
    return lsnsFrom(first, length);
  }

  appendAsync(record: Uint8Array): number {
    const bytes = this.#check(record);
    if (this.#fits(bytes)) return this.#push(record);
    this.#refusedBytes = bytes;
    this.#parts.stripe.countWait();
    this.#parts.onBackpressure();
    throw backpressure(this.describe());
  }

  /**
   * Takes records that lie in `encoded` one behind the other, each behind its length, as one entry. Returns
   * the first LSN, or 0: nothing was taken then, and the records must be appended one by one.
   */
  appendEncoded(encoded: Uint8Array, records: number): number {
    const { stripe, source, checkSpace, maxRecordBytes } = this.#parts;
    const { length } = encoded;
    this.#refuseIfOver(undefined);
    if (length > maxRecordBytes || length > stripe.capacity || !this.#fits(length)) return 0;
    checkSpace(length);
    if (source.attached > 0) source.collect();
    stripe.pushEncoded(encoded, records);
    return this.#numbered(records, length, undefined);
  }

  appendSync(record: Uint8Array): number {
    const { flusher, source, stripe, writer } = this.#parts;
    const bytes = this.#check(record);
    if (flusher.busy) {
      throw new WalError(
        "WAL_BACKPRESSURE",
        "appendSync cannot wait for the asynchronous write in flight; await wal.commit() first",
        { details: { outcome: "not-written" } },
      );
    }
    while (!stripe.fits(bytes)) flusher.runBlocking(() => writer.commitGroup(source, true));
    // Not announced to the flusher: this call does the work itself.
    source.collect();
    stripe.push(record);
    const lsn = source.numberOwn(1, bytes);
    while (writer.durableLsn < lsn) flusher.runBlocking(() => writer.commitGroup(source, true));
    flusher.rest();
    return lsn;
  }

  /** Resolves once `lsn` is durable. */
  durable(lsn: number, options: WaitOptions = {}): Promise<void> {
    const { flusher, watermark } = this.#parts;
    if (lsn <= watermark.value) return Promise.resolve();
    flusher.demand(lsn);
    return this.#wait(lsn, undefined, options.signal);
  }

  /** Resolves when half of the stripe is free, and room for the record that was refused last. */
  ready(options: WaitOptions = {}): Promise<void> {
    const { stripe, flusher } = this.#parts;
    const bytes = Math.max(Math.floor(stripe.capacity / 2), this.#refusedBytes);
    this.#refusedBytes = 0;
    if (flusher.poison !== undefined) return Promise.reject(flusher.poison);
    if (this.#fits(bytes)) return Promise.resolve();
    return this.#whenRoom(bytes, () => undefined, options);
  }

  /** What is full and who should have drained it. */
  describe(): string {
    const { stripe, room, flusher } = this.#parts;
    return (
      `${stripe.pendingRecords} records (${stripe.pendingBytes} of ${stripe.capacity} bytes) wait for the flusher, ` +
      `${room.length} callers wait for room, the storage call in flight takes ${Math.round(flusher.flushingForMs)} ms`
    );
  }

  #check(record: Uint8Array, signal?: AbortSignalLike): number {
    this.#refuseIfOver(signal);
    const bytes = checkedRecordBytes(record, this.#parts);
    this.#parts.checkSpace(bytes);
    return bytes;
  }

  #checkBatch(records: readonly Uint8Array[], signal: AbortSignalLike | undefined): number {
    this.#refuseIfOver(signal);
    const bytes = checkedBytes(records, this.#parts);
    this.#parts.checkSpace(bytes);
    return bytes;
  }

  #refuseIfOver(signal: AbortSignalLike | undefined): void {
    this.#parts.checkOpen();
    if (signal?.aborted === true) throw notAppended(signal);
    const { poison } = this.#parts.flusher;
    if (poison !== undefined) throw poison;
  }

  #fits(bytes: number): boolean {
    return this.#parts.room.length === 0 && this.#parts.stripe.fits(bytes);
  }

  #push(record: Uint8Array, onLsn?: NumberedOptions["onLsn"]): number {
    const { stripe, source } = this.#parts;
    // A record another thread published before must not be overtaken.
    if (source.attached > 0) source.collect();
    stripe.push(record);
    return this.#numbered(1, RECORD_PREFIX_BYTES + record.length, onLsn);
  }

  #pushBatch(
    records: readonly Uint8Array[],
    bytes: number,
    onLsn: NumberedOptions["onLsn"],
  ): number {
    const { stripe, source } = this.#parts;
    if (source.attached > 0) source.collect();
    stripe.pushBatch(records, bytes);
    return this.#numbered(records.length, bytes, onLsn);
  }

  /** What was just pushed gets its LSNs, and the flusher hears of it. Returns the first. */
  #numbered(records: number, bytes: number, onLsn: NumberedOptions["onLsn"]): number {
    const { source, flusher } = this.#parts;
    const lsn = source.numberOwn(records, bytes);
    onLsn?.(lsn);
    flusher.pushed();
    return lsn;
  }

  #acknowledged(lsn: number, options: AppendOptions): Promise<number> {
    const { policy, flusher } = this.#parts;
    const stronger = options.durability === "synchronous";
    if (stronger) flusher.demand(lsn);
    return policy.waits || stronger ? this.#wait(lsn, lsn, options.signal) : Promise.resolve(lsn);
  }

  /** The hot path makes one promise and no closure for a signal nobody gave. */
  #wait<T>(lsn: number, value: T, signal: AbortSignalLike | undefined): Promise<T> {
    const { watermark, flusher } = this.#parts;
    // It may have been answered while its caller was on the way here: nobody would answer it again.
    if (lsn <= watermark.value) return Promise.resolve(value);
    if (flusher.poison !== undefined) return Promise.reject(flusher.lost(lsn));
    if (signal !== undefined) return watermark.whenDurable(lsn, signal).then(() => value);
    return new Promise<T>((resolve, reject) => {
      watermark.wait(lsn, () => resolve(value), reject);
    });
  }

  #whenRoom<T>(bytes: number, admit: () => T, { signal }: WaitOptions): Promise<T> {
    const { room, stripe, flusher, onBackpressure } = this.#parts;
    stripe.countWait();
    onBackpressure();
    const admitted = waitForRoom(room, { bytes, admit, signal });
    flusher.pushed();
    return admitted;
  }
}
