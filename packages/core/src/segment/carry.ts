/** Reads record frames so that they can be repeated in a new segment: same LSNs, times and identities. */
import type { SegmentWriter } from "./segment-writer.ts";
import { WalError } from "../errors.ts";
import { FRAME_RECORDS } from "../format/frame.ts";
import type { StorageFile } from "../storage.ts";
import { openBody } from "./frame-body.ts";
import { FrameReader } from "./frame-reader.ts";
import type { Segment } from "./segment.ts";

/** A record frame on its way into another segment. */
export interface CarriedFrame {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly count: number;
  readonly time: number;
  /** Of the frame as it was first written. */
  readonly identity: Uint8Array;
  /** Records in disk layout. */
  readonly body: Uint8Array;
}

/** Where the wanted frames stand, and which records they hold. */
export interface FrameRange {
  readonly from: number;
  readonly to: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
}

/**
 * The record frames of a range that a scan has found sound. Bad stretches that held no record are
 * passed over, as the scan did; anything else that is bad by now is corruption.
 */
export async function loadFrames(
  file: StorageFile,
  segment: Segment,
  range: FrameRange,
): Promise<CarriedFrame[]> {
  const frames: CarriedFrame[] = [];
  const reader = new FrameReader(file, segment.context, range);
  let expected = range.firstLsn;
  while (expected <= range.lastLsn) {
    const found = await reader.next();
    const { offset } = reader;
    if (found === undefined) throw damaged(segment, expected, offset, "the frames end");
    if ("bad" in found || found.frame.firstLsn !== expected) {
      reader.skipSector();
      continue;
    }
    const { frame } = found;
    const opened = openBody(reader.block, reader.at, frame, segment.cipher);
    if (opened.kind === "tampered") throw damaged(segment, expected, offset, opened.reason);
    reader.pass(frame);
    if (frame.type !== FRAME_RECORDS) continue;
    expected += frame.count;
    frames.push({
      firstLsn: frame.firstLsn,
      lastLsn: expected - 1,
      count: frame.count,
      time: frame.time,
      identity: opened.identity,
      body: opened.body,
    });
  }
  return frames;
}

function damaged(segment: Segment, lsn: number, offset: number, reason: string): WalError {
  return new WalError(
    "WAL_CORRUPT",
    `LSN ${lsn} is damaged: ${reason}: segment ${segment.name}, offset ${offset}`,
    { details: { segment: segment.name, offset, lsn } },
  );
}

/** Repeats the frame as a record frame of the writer's group. */
export function addCarried(writer: SegmentWriter, frame: CarriedFrame): void {
  writer.addRecords(
    {
      count: frame.count,
      firstLsn: frame.firstLsn,
      time: frame.time,
      bodyBytes: frame.body.length,
      repeats: frame.identity,
      fill: (into, at) => into.set(frame.body, at),
    },
    writer.segment.firstLsn - 1,
  );
}
