/**
 * A live segment as the rest of the log sees it: its header, what binds its frames, and how far it is
 * part of the log. The writer moves `end` and `lastLsn` forward when a sync has covered them; readers
 * never look beyond.
 */
import type { Crc32 } from "../checksum.ts";
import type { SegmentCipher } from "../cipher.ts";
import { frameContext, type FrameContext } from "../format/frame.ts";
import type { IndexEntry } from "../format/mark.ts";
import { FRAMES_START, type SegmentHeader } from "../format/segment-header.ts";
import { segmentName } from "../format/segment-name.ts";

export class Segment {
  readonly id: number;
  readonly name: string;
  readonly header: SegmentHeader;
  readonly context: FrameContext;
  readonly cipher: SegmentCipher | undefined;
  /** Frames of the log start here; later than usual only in a stretch that a salvage found sound. */
  start: number = FRAMES_START;
  /** First record of the log in it. */
  firstLsn: number;
  /** Frames of the log end here; durable. */
  end: number = FRAMES_START;
  /** Last durable record; `firstLsn - 1` while there is none. */
  lastLsn: number;
  /** Identity of the last durable record frame, the predecessor's while there is none. */
  chain: Uint8Array;
  /** `undefined` until somebody has looked for it. */
  index: readonly IndexEntry[] | undefined;
  /** A seal frame ends it. */
  sealed = false;

  constructor(header: SegmentHeader, crc32: Crc32, cipher: SegmentCipher | undefined) {
    this.id = header.segmentId;
    this.name = segmentName(header.segmentId);
    this.header = header;
    this.context = frameContext(header, crc32);
    this.cipher = cipher;
    this.firstLsn = header.firstLsn;
    this.lastLsn = header.firstLsn - 1;
    this.chain = header.predecessor.chain;
  }
}
