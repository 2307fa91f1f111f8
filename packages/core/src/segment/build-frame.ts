/** Builds one frame where it will be written from: header, body, seal, checksum. */
import {
  FLAG_CARRIED,
  FLAG_SEALED,
  FRAME_HEADER_BYTES,
  finishFrame,
  frameBytes,
  putFrameHeader,
} from "../format/frame.ts";
import { ID_BYTES } from "../format/segment-header.ts";
import { frameIdentity } from "./frame-body.ts";
import type { FrameSource } from "./frame-source.ts";
import type { GroupBuffer } from "./group-buffer.ts";
import type { Segment } from "./segment.ts";

/** What a frame says beside its body. */
export interface FrameToBuild {
  readonly type: number;
  readonly sequence: number;
  /** Must be durable when the frame is written. */
  readonly syncedLsn: number;
  readonly source: FrameSource;
}

/** Adds the frame to the group; returns its identity. */
export function buildFrame(
  group: GroupBuffer,
  segment: Segment,
  { type, sequence, syncedLsn, source }: FrameToBuild,
): Uint8Array {
  const { cipher, context } = segment;
  const prefix = source.repeats?.length ?? 0;
  const plainBytes = prefix + source.bodyBytes;
  const bodyBytes = plainBytes + (cipher?.tagBytes ?? 0);
  const size = frameBytes(bodyBytes);
  const at = group.used;
  const buffer = group.reserve(size);
  const start = at + FRAME_HEADER_BYTES;
  if (source.repeats !== undefined) buffer.set(source.repeats, start);
  source.fill(buffer, start + prefix);
  putFrameHeader(buffer, at, context.epoch, {
    type,
    flags: (cipher === undefined ? 0 : FLAG_SEALED) | (prefix === 0 ? 0 : FLAG_CARRIED),
    count: source.count,
    sequence,
    firstLsn: source.firstLsn,
    syncedLsn,
    time: source.time,
    bodyBytes,
  });
  if (cipher !== undefined) {
    const aad = buffer.subarray(at + 4, start);
    const plain = buffer.subarray(start, start + plainBytes);
    cipher.seal(sequence, aad, plain, buffer.subarray(start, start + bodyBytes));
  }
  const crc = finishFrame(buffer, at, bodyBytes, context);
  const end = start + bodyBytes;
  const tag = cipher === undefined ? undefined : buffer.subarray(end - ID_BYTES, end);
  group.add(size);
  return frameIdentity(crc, tag);
}
