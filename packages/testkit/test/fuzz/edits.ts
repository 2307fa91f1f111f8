/**
 * Edits of a log's bytes that know its structure: fields of headers and frames with the checksum put
 * right again, frames moved to other places and other segments, and plain damage. Plain data, so that an
 * edit that found something can be kept in the corpus.
 */
import { crc32 } from "../../../core/src/checksum.ts";
import { finishFrame, frameContext, putFrameHeader } from "../../../core/src/format/frame.ts";
import { HEADER_COPIES, SECTOR_BYTES } from "../../../core/src/format/segment-header.ts";
import type { DiskImage } from "../../src/index.ts";
import { framesOf, headerOf } from "../support/evidence.ts";

/** Where in a log: positions wrap around, so that every number means something. */
interface Place {
  readonly segment: number;
  readonly frame?: number;
}

/** One edit. `value` is written little-endian into `bytes` bytes at `at`. */
export type Edit =
  | ({ readonly op: "header" } & Field & { readonly copies: "first" | "second" | "both" })
  | ({ readonly op: "frame" } & Field)
  | { readonly op: "byte"; readonly segment: number; readonly at: number; readonly value: number }
  | { readonly op: "move" | "adopt"; readonly from: Place; readonly to: Place }
  | { readonly op: "truncate"; readonly segment: number; readonly size: number }
  | { readonly op: "drop"; readonly segment: number };

interface Field extends Place {
  readonly at: number;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly value: number;
}

/** Applies an edit; one that finds nothing to edit does nothing. */
export function applyEdit(image: DiskImage, edit: Edit): void {
  switch (edit.op) {
    case "header":
      return editHeader(image, edit);
    case "frame":
      return editFrame(image, edit);
    case "byte": {
      const content = image.content(segmentAt(image, edit.segment));
      if (content.length > 0) content[edit.at % content.length] = edit.value;
      return;
    }
    case "move":
    case "adopt":
      return moveFrame(image, edit.from, edit.to, edit.op === "adopt");
    case "truncate": {
      const name = segmentAt(image, edit.segment);
      image.truncate(name, edit.size % (image.content(name).length + 1));
      return;
    }
    case "drop":
      if (image.names.length > 1) image.remove(segmentAt(image, edit.segment));
  }
}

function segmentAt(image: DiskImage, n: number): string {
  const { names } = image;
  return names[n % names.length] ?? "";
}

function editHeader(image: DiskImage, edit: Edit & { op: "header" }): void {
  const content = image.content(segmentAt(image, edit.segment));
  for (const [i, at] of HEADER_COPIES.entries()) {
    if (edit.copies === (i === 0 ? "second" : "first")) continue;
    const sector = content.subarray(at, at + SECTOR_BYTES);
    if (sector.length < SECTOR_BYTES) continue;
    put(sector, edit.at % (SECTOR_BYTES - 12), edit);
    put(sector, SECTOR_BYTES - 4, {
      bytes: 4,
      value: crc32(sector.subarray(0, SECTOR_BYTES - 4), 0),
    });
  }
}

function editFrame(image: DiskImage, edit: Edit & { op: "frame" }): void {
  const name = segmentAt(image, edit.segment);
  const header = headerOf(image, name);
  const frames = framesOf(image, name);
  const frame = frames[(edit.frame ?? 0) % Math.max(1, frames.length)];
  if (header === undefined || frame === undefined) return;
  const content = image.content(name);
  const bytes = content.subarray(frame.offset, frame.offset + frame.size);
  put(bytes, 4 + (edit.at % Math.min(80, bytes.length - 12)), edit);
  const crc = crc32(bytes.subarray(4), frameContext(header, crc32).crcSeed);
  put(bytes, 0, { bytes: 4, value: crc });
}

function moveFrame(image: DiskImage, from: Place, to: Place, adopt: boolean): void {
  const source = segmentAt(image, from.segment);
  const target = segmentAt(image, to.segment);
  const frames = framesOf(image, source);
  const places = framesOf(image, target);
  const header = headerOf(image, target);
  const frame = frames[(from.frame ?? 0) % Math.max(1, frames.length)];
  const place = places[(to.frame ?? 0) % Math.max(1, places.length)];
  if (frame === undefined || place === undefined || header === undefined) return;
  const bytes = image.content(source).slice(frame.offset, frame.offset + frame.size);
  if (adopt) {
    const bodyBytes = new DataView(bytes.buffer).getUint32(8, true);
    const context = frameContext(header, crc32);
    putFrameHeader(bytes, 0, context.epoch, { ...frame, ...restOf(bytes), bodyBytes });
    finishFrame(bytes, 0, bodyBytes, context);
  }
  image.overwrite(target, place.offset, bytes);
}

function restOf(bytes: Uint8Array): { flags: number; sequence: number; time: number } {
  const view = new DataView(bytes.buffer);
  return {
    flags: bytes[13] ?? 0,
    sequence: view.getUint32(20, true),
    time: Number(view.getBigUint64(40, true)),
  };
}

function put(
  into: Uint8Array,
  at: number,
  { bytes, value }: { bytes: number; value: number },
): void {
  let rest = BigInt(value);
  for (let i = 0; i < bytes && at + i < into.length; i++) {
    into[at + i] = Number(rest & 255n);
    rest >>= 8n;
  }
}
