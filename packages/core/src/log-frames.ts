/**
 * The record frames of a whole, undamaged log, in order, as {@link importLog} takes them. Strict: what
 * recovery vouched for must be there, frame by frame, or the walk ends with an error.
 */
import { WalError } from "./errors.ts";
import { equalBytes } from "./format/bytes.ts";
import { FRAME_RECORDS } from "./format/frame.ts";
import { decodeRecords } from "./format/records.ts";
import type { LogFrame, LsnRange } from "./import-log.ts";
import { walkFrames } from "./recovery/frame-walk.ts";
import type { Recovered } from "./recovery/recover.ts";
import { openBody } from "./segment/frame-body.ts";
import type { Segment } from "./segment/segment.ts";
import type { Storage } from "./storage.ts";

/** The last record of a log: an opening would keep what is whole, vouched for or not. */
export function lastLsnOf(found: Recovered): number {
  return Math.max(found.lowLsn, found.unvouched.at(-1)?.lastLsn ?? found.vouchedLsn);
}

/** Losses the log itself records, above its low LSN. */
export function recordedGaps({ segments, lowLsn }: Recovered): LsnRange[] {
  return segments
    .filter(({ header, firstLsn }) => header.gapAfter > 0 && firstLsn > lowLsn + 1)
    .map(({ header, firstLsn }) => ({
      from: Math.max(header.gapAfter, lowLsn) + 1,
      to: firstLsn - 1,
    }));
}

/** Every record above the low LSN. Throws `WAL_CORRUPT` or `WAL_TAMPERED` where one is not as it was. */
export async function* logFrames(
  storage: Storage,
  found: Recovered,
): AsyncGenerator<LogFrame, void, undefined> {
  for (const segment of found.segments) {
    const isNewest = segment === found.segments.at(-1);
    const unvouched = isNewest ? found.unvouched.at(-1) : undefined;
    const end = unvouched?.end ?? segment.end;
    const lastLsn = unvouched?.lastLsn ?? segment.lastLsn;
    if (lastLsn <= found.lowLsn) continue;
    const chain = unvouched?.identity ?? segment.chain;
    yield* framesOf(storage, segment, { end, lastLsn, chain, lowLsn: found.lowLsn });
  }
}

async function* framesOf(
  storage: Storage,
  segment: Segment,
  limit: { end: number; lastLsn: number; chain: Uint8Array; lowLsn: number },
): AsyncGenerator<LogFrame, void, undefined> {
  const file = await storage.open(segment.name);
  try {
    let expected = segment.firstLsn;
    for await (const step of walkFrames(file, segment, { to: limit.end })) {
      // A stretch without a frame held no record if the LSNs go on behind it.
      if (step.kind === "bad" || step.frame.type !== FRAME_RECORDS) continue;
      const { frame, offset, bytes, at } = step;
      const { firstLsn, count, time } = frame;
      if (firstLsn !== expected) {
        throw damaged(segment, offset, expected, `LSN ${firstLsn} where ${expected} was expected`);
      }
      const opened = openBody(bytes, at, frame, segment.cipher);
      if (opened.kind === "tampered") {
        throw damaged(segment, offset, expected, opened.reason, "WAL_TAMPERED");
      }
      const { body, identity } = opened;
      if (!decodeRecords(body, frame, { from: 1, to: 0 }, [])) {
        throw damaged(segment, offset, expected, "record lengths do not fill the frame");
      }
      expected += count;
      const lastLsn = expected - 1;
      if (lastLsn === limit.lastLsn && !equalBytes(identity, limit.chain)) {
        throw damaged(segment, offset, lastLsn, "its successor knows another frame");
      }
      if (lastLsn > limit.lowLsn) yield { firstLsn, lastLsn, count, time, identity, body };
    }
    if (expected !== limit.lastLsn + 1) {
      throw damaged(segment, limit.end, expected, "the frames end");
    }
  } finally {
    await file.close();
  }
}

function damaged(
  { name: segment }: Segment,
  offset: number,
  lsn: number,
  reason: string,
  code: "WAL_CORRUPT" | "WAL_TAMPERED" = "WAL_CORRUPT",
): WalError {
  return new WalError(code, `LSN ${lsn}: ${reason}: segment ${segment}, offset ${offset}`, {
    details: { segment, offset, lsn },
  });
}
