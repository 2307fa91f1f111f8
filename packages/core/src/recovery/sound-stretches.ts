/**
 * Every run of valid frames in a damaged file, and what lies between them. It believes nothing but
 * checksums (and tags): which run belongs to the log is for others to say.
 */
import { FRAME_MARK, FRAME_RECORDS, FRAME_SEAL } from "../format/frame.ts";
import { decodeMark } from "../format/mark.ts";
import { FRAMES_START, SECTOR_BYTES } from "../format/segment-header.ts";
import { openBody } from "../segment/frame-body.ts";
import { FrameReader } from "../segment/frame-reader.ts";
import { Segment } from "../segment/segment.ts";
import type { StorageFile } from "../storage.ts";
import type { Stretch } from "./scan.ts";

export interface SoundStretches {
  /** Runs of frames with dense LSNs, each as a segment of its own. */
  readonly stretches: Segment[];
  /** Highest LSN that a valid frame calls synced. */
  readonly synced: number;
  readonly checkpointLsn: number;
  /** Bytes between valid frames that are none. */
  readonly damage: readonly Stretch[];
  /** Bytes behind the last valid frame that are not all zeros. */
  readonly tail: Stretch | undefined;
}

/** Bad sectors in a row; `end` behind the last one that is not all zeros. */
interface BadRun {
  readonly offset: number;
  readonly reason: string;
  end: number;
}

export async function soundStretches(
  file: StorageFile,
  segment: Segment,
  to: number,
): Promise<SoundStretches> {
  const reader = new FrameReader(file, segment.context, { from: FRAMES_START, to });
  const stretches: Segment[] = [];
  const damage: Stretch[] = [];
  let synced = 0;
  let { checkpointLsn } = segment.header;
  let current: Segment | undefined;
  let bad: BadRun | undefined;
  for (;;) {
    const { offset } = reader;
    const found = await reader.next();
    if (found === undefined) break;
    const opened =
      "bad" in found
        ? { kind: "tampered" as const, reason: found.bad }
        : openBody(reader.block, reader.at, found.frame, segment.cipher);
    if ("bad" in found || opened.kind === "tampered") {
      const reason = opened.kind === "tampered" ? opened.reason : "";
      bad ??= { offset, reason, end: offset };
      if (!zeroSector(reader)) bad.end = offset + SECTOR_BYTES;
      current = undefined;
      reader.skipSector();
      continue;
    }
    if (bad !== undefined) damage.push({ ...bad, bytes: offset - bad.offset });
    bad = undefined;
    const { frame } = found;
    reader.pass(frame);
    synced = Math.max(synced, frame.syncedLsn);
    if (frame.type === FRAME_MARK || frame.type === FRAME_SEAL) {
      checkpointLsn = Math.max(checkpointLsn, decodeMark(opened.body)?.checkpointLsn ?? 0);
    }
    if (frame.type !== FRAME_RECORDS) continue;
    if (current === undefined || frame.firstLsn !== current.lastLsn + 1) {
      current = stretchAt(segment, offset, frame.firstLsn);
      stretches.push(current);
    }
    current.lastLsn = frame.firstLsn + frame.count - 1;
    current.end = reader.offset;
    current.chain = opened.identity;
  }
  const tail =
    bad !== undefined && bad.end > bad.offset ? { ...bad, bytes: bad.end - bad.offset } : undefined;
  return { stretches, synced, checkpointLsn, damage, tail };
}

function zeroSector(reader: FrameReader): boolean {
  const { block, at } = reader;
  const end = Math.min(at + SECTOR_BYTES, block.length);
  for (let i = at; i < end; i++) if (block[i] !== 0) return false;
  return true;
}

function stretchAt(segment: Segment, start: number, firstLsn: number): Segment {
  const stretch = new Segment(segment.header, segment.context.crc32, segment.cipher);
  stretch.start = start;
  stretch.firstLsn = firstLsn;
  stretch.index = [];
  return stretch;
}
