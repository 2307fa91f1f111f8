/**
 * The body of a record frame: for each record a u32 length and the payload, nothing between. The
 * same layout stands in the stripes, so that draining a stripe is a plain copy.
 */
import { getU32 } from "./bytes.ts";

/** Bytes in front of each payload. */
export const RECORD_PREFIX_BYTES = 4;

/** A record as readers get it. */
export interface WalRecord {
  readonly lsn: number;
  /**
   * Yours to keep: never written again. It may be a view of a larger block (384 KiB), so copy it
   * (`slice`) if you keep few records for long.
   */
  readonly payload: Uint8Array;
  /** When the record's group was committed, ms since 1970; informative. */
  readonly timestamp: number;
}

/** Which LSNs are wanted; both ends included. */
export interface LsnRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The records of one body, made into objects piece by piece: a frame may hold thousands, and objects
 * nobody has asked for yet would fill the young generation of the garbage collector.
 */
export class RecordCursor {
  readonly #body: Uint8Array;
  readonly #time: number;
  readonly #endLsn: number;
  #lsn: number;
  #at = 0;

  private constructor(body: Uint8Array, frame: { firstLsn: number; count: number; time: number }) {
    this.#body = body;
    this.#time = frame.time;
    this.#lsn = frame.firstLsn;
    this.#endLsn = frame.firstLsn + frame.count;
  }

  /** `undefined` unless `count` records fill the body exactly: no record is handed out of one that is not whole. */
  static over(
    body: Uint8Array,
    frame: { firstLsn: number; count: number; time: number },
  ): RecordCursor | undefined {
    let at = 0;
    for (let left = frame.count; left > 0; left--) {
      if (at + RECORD_PREFIX_BYTES > body.length) return undefined;
      at += RECORD_PREFIX_BYTES + getU32(body, at);
      if (at > body.length) return undefined;
    }
    return at === body.length ? new RecordCursor(body, frame) : undefined;
  }

  /** LSN of the next record; the one behind the frame's last when all were passed. */
  get nextLsn(): number {
    return this.#lsn;
  }

  get ended(): boolean {
    return this.#lsn === this.#endLsn;
  }

  /** Appends up to `most` records of the range to `out`, passing those below it; returns the bytes they took. */
  take(range: LsnRange, most: number, out: WalRecord[]): number {
    const body = this.#body;
    const before = this.#at;
    const end = Math.min(this.#endLsn, range.to + 1);
    for (let left = most; left > 0 && this.#lsn < end; this.#lsn++) {
      const start = this.#at + RECORD_PREFIX_BYTES;
      const length = getU32(body, this.#at);
      this.#at = start + length;
      if (this.#lsn < range.from) continue;
      const payload = new Uint8Array(body.buffer, body.byteOffset + start, length);
      out.push({ lsn: this.#lsn, payload, timestamp: this.#time });
      left--;
    }
    return this.#at - before;
  }
}

/**
 * Splits a body into records, appending those with `from <= lsn <= to` to `out`. Returns `false`,
 * with `out` as it was, unless `count` records fill the body exactly.
 */
export function decodeRecords(
  body: Uint8Array,
  frame: { firstLsn: number; count: number; time: number },
  range: LsnRange,
  out: WalRecord[],
): boolean {
  const records = RecordCursor.over(body, frame);
  records?.take(range, Infinity, out);
  return records !== undefined;
}

/** LSNs of a batch. Made from its length: the caller's array is the caller's again once the call has returned. */
export function lsnsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
