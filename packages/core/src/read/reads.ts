/** The reading half of the public API, the same on a live log, beside one, and on a damaged one. */
import type { WalRecord } from "../format/records.ts";
import type { AbortSignalLike } from "../signal.ts";
import { getRecord } from "./get-record.ts";
import { KnownFrames } from "./known-frames.ts";
import { type ReadSource, readRange } from "./log-reader.ts";

/** Options of `read` and `readBatches`. */
export interface ReadOptions {
  /** First LSN wanted; the oldest one there is. */
  readonly from?: number;
  /** Last LSN wanted; the newest durable one at the time it is reached. */
  readonly to?: number;
  /** The last so many records instead of `from`. */
  readonly last?: number;
  /** At the end wait for new durable records instead of finishing. */
  readonly follow?: boolean;
  readonly signal?: AbortSignalLike;
}

/** What can be read, in order, as far as it is durable. */
export class LogReads {
  readonly #source: ReadSource;
  readonly #known = new KnownFrames();

  constructor(source: ReadSource) {
    this.#source = source;
  }

  /** LSN of the oldest record that can be read, or of the first one to come. */
  get firstLsn(): number {
    const { set } = this.#source;
    return Math.max(this.#source.lowLsn() + 1, set.segments[0]?.firstLsn ?? 0);
  }

  /** @throws WalError `WAL_GAP` `WAL_CORRUPT` `WAL_TAMPERED` `WAL_ABORTED` `WAL_STORAGE` `WAL_CLOSED` */
  async *read(options: ReadOptions = {}): AsyncGenerator<WalRecord, void, undefined> {
    for await (const batch of this.readBatches(options)) yield* batch;
  }

  /** Like {@link read}, in arrays of up to 128, for replay speed. */
  readBatches(options: ReadOptions = {}): AsyncGenerator<WalRecord[], void, undefined> {
    const follow = options.follow ?? false;
    const to = lsn(
      "to",
      options.to ?? (follow ? Number.MAX_SAFE_INTEGER : this.#source.set.lastLsn),
      0,
    );
    return readRange(this.#source, {
      from: this.#from(options),
      to,
      follow,
      signal: options.signal,
    });
  }

  /** One record, or `undefined` if there is none with that LSN (retired, or not durable yet). */
  async get(wanted: number): Promise<WalRecord | undefined> {
    this.#source.check();
    lsn("lsn", wanted, 1);
    if (wanted < this.firstLsn || wanted > this.#source.set.lastLsn) return undefined;
    return getRecord(this.#source, this.#known, wanted);
  }

  #from(options: ReadOptions): number {
    if (options.last === undefined) return lsn("from", options.from ?? this.firstLsn, 1);
    if (options.from !== undefined) throw new TypeError("give either from or last, not both");
    return Math.max(this.firstLsn, this.#source.set.lastLsn - lsn("last", options.last, 0) + 1);
  }
}

function lsn(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be an integer of at least ${least}, not ${String(value)}`);
  }
  return value;
}
