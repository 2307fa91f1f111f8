/**
 * One record by its LSN. The first record of a frame is read like any other, with the whole frame, which
 * is remembered; its neighbours are then read by the pieces they stand in. Whatever does not match is read again
 * the long way, which says what is wrong with it.
 */
import { asWalError } from "../errors.ts";
import type { WalRecord } from "../format/records.ts";
import { readFully } from "../segment/read-fully.ts";
import type { Segment } from "../segment/segment.ts";
import type { KnownFrame, KnownFrames } from "./known-frames.ts";
import { type ReadSource, readRange } from "./log-reader.ts";

/** The record `lsn`, which is durable and not retired; its bytes are a copy. */
export async function getRecord(
  source: ReadSource,
  known: KnownFrames,
  lsn: number,
): Promise<WalRecord | undefined> {
  const segment = source.set.find(lsn);
  const frame = segment && known.floor(segment, lsn);
  if (frame?.pieces !== undefined && lsn <= frame.lastLsn) {
    const payload = await readPieces(source, segment!, frame, lsn);
    if (payload !== undefined) return { lsn, payload, timestamp: frame.time };
  }
  const range = { from: lsn, to: lsn, follow: false, signal: undefined, known };
  for await (const [record] of readRange(source, range)) {
    // A copy: one record must not keep its whole block alive.
    return record && { ...record, payload: record.payload.slice() };
  }
  return undefined;
}

async function readPieces(
  source: ReadSource,
  segment: Segment,
  { pieces, bodyAt, firstLsn }: KnownFrame,
  lsn: number,
): Promise<Uint8Array | undefined> {
  const unpin = source.set.pin(segment);
  try {
    const { file, release } = await source.files.acquire(segment.name);
    try {
      const { from, to } = pieces!.span(lsn - firstLsn);
      const bytes = new Uint8Array(to - from);
      const got = await readFully(file, bytes, bodyAt + from);
      source.check();
      return got === bytes.length ? pieces!.payload(lsn - firstLsn, bytes) : undefined;
    } finally {
      await release();
    }
  } catch (error) {
    throw asWalError(error, `reading ${segment.name}`, { segment: segment.name });
  } finally {
    unpin();
  }
}
