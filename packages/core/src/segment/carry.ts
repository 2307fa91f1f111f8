/** Reads record frames so that they can be repeated in a new segment: same LSNs, times and identities. */
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

/** The record frames in `[from, to)` of a segment that has been scanned: anything bad there is corruption. */
export async function loadFrames(
  file: StorageFile,
  segment: Segment,
  range: { from: number; to: number },
): Promise<CarriedFrame[]> {
  const frames: CarriedFrame[] = [];
  const reader = new FrameReader(file, segment.context, range);
  for (;;) {
    const found = await reader.next();
    if (found === undefined) return frames;
    const { offset } = reader;
    const opened =
      "bad" in found
        ? { kind: "tampered" as const, reason: found.bad }
        : openBody(reader.block, reader.at, found.frame, segment.cipher);
    if (opened.kind === "tampered" || "bad" in found) {
      const reason = opened.kind === "tampered" ? opened.reason : "damaged";
      throw new WalError("WAL_CORRUPT", `segment ${segment.name}, offset ${offset}: ${reason}`, {
        details: { segment: segment.name, offset },
      });
    }
    const { frame } = found;
    reader.pass(frame);
    if (frame.type !== FRAME_RECORDS) continue;
    frames.push({
      firstLsn: frame.firstLsn,
      lastLsn: frame.firstLsn + frame.count - 1,
      count: frame.count,
      time: frame.time,
      identity: opened.identity,
      body: opened.body,
    });
  }
}
