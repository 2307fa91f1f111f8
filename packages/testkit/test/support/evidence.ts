/**
 * What a directory still vouches for, worked out without the recovery under test: every valid header and
 * every valid frame, wherever it lies, is a witness.
 */
import { crc32 } from "../../../core/src/checksum.ts";
import { decodeFrame, frameContext } from "../../../core/src/format/frame.ts";
import {
  FRAMES_START,
  HEADER_COPIES,
  SECTOR_BYTES,
  decodeHeader,
  type SegmentHeader,
} from "../../../core/src/format/segment-header.ts";
import { segmentId } from "../../../core/src/format/segment-name.ts";
import type { DiskImage } from "../../src/index.ts";

/** A valid frame and where it lies. */
export interface Witness {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: number;
  /** Bit 1: it repeats a frame of another segment. */
  readonly flags: number;
  readonly firstLsn: number;
  readonly count: number;
  readonly bodyBytes: number;
  readonly syncedLsn: number;
}

/** The header a file has under its own name. */
export function headerOf(image: DiskImage, name: string): SegmentHeader | undefined {
  const content = image.content(name);
  for (const at of HEADER_COPIES) {
    const outcome = decodeHeader(content.subarray(at, at + SECTOR_BYTES), crc32);
    if (outcome.kind === "header" && outcome.header.segmentId === segmentId(name)) {
      return outcome.header;
    }
  }
  return undefined;
}

/** Every valid frame of a file. */
export function framesOf(image: DiskImage, name: string): Witness[] {
  const header = headerOf(image, name);
  if (header === undefined) return [];
  const context = frameContext(header, crc32);
  const content = image.content(name);
  const padded = new Uint8Array(Math.ceil(content.length / SECTOR_BYTES) * SECTOR_BYTES);
  padded.set(content);
  const frames: Witness[] = [];
  for (let offset = FRAMES_START; offset < padded.length;) {
    const left = padded.length - offset;
    const outcome = decodeFrame(padded, offset, { available: left, remaining: left }, context);
    if (outcome.kind === "frame") frames.push({ name, offset, ...outcome.frame });
    offset += outcome.kind === "frame" ? outcome.frame.size : SECTOR_BYTES;
  }
  return frames;
}

/** The highest LSN anything in the directory calls durable. */
export function vouchedLsn(image: DiskImage): number {
  let vouched = 0;
  for (const name of image.names) {
    const header = headerOf(image, name);
    if (header === undefined) continue;
    vouched = Math.max(vouched, header.predecessor.cutLsn, header.durableLsn, header.lowLsn);
    for (const { syncedLsn } of framesOf(image, name)) vouched = Math.max(vouched, syncedLsn);
  }
  return vouched;
}
