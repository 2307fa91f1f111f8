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
   * Yours to keep: never written again. It may be a view of a larger block (up to 1 MiB), so copy it
   * (`slice`) if you keep few records for long.
   */
  readonly payload: Uint8Array;
  /** When the record's group was committed, ms since 1970; informative. */
  readonly timestamp: number;
}

/**
 * Splits a body into records, appending those with `from <= lsn <= to` to `out`. Returns `false`,
 * with `out` as it was, unless `count` records fill the body exactly.
 */
export function decodeRecords(
  body: Uint8Array,
  frame: { firstLsn: number; count: number; time: number },
  range: { from: number; to: number },
  out: WalRecord[],
): boolean {
  const kept = out.length;
  let at = 0;
  for (let i = 0; i < frame.count; i++) {
    if (at + RECORD_PREFIX_BYTES > body.length) return reset(out, kept);
    const start = at + RECORD_PREFIX_BYTES;
    at = start + getU32(body, at);
    if (at > body.length) return reset(out, kept);
    const lsn = frame.firstLsn + i;
    if (lsn >= range.from && lsn <= range.to) {
      out.push({
        lsn,
        payload: new Uint8Array(body.buffer, body.byteOffset + start, at - start),
        timestamp: frame.time,
      });
    }
  }
  return at === body.length || reset(out, kept);
}

function reset(out: WalRecord[], length: number): false {
  out.length = length;
  return false;
}

/** LSNs of a batch. Made from its length: the caller's array is the caller's again once the call has returned. */
export function lsnsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
