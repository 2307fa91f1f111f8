/** Takes the bytes of a header or a frame apart into fields with values. Bytes in, values out. */
import { frameHeader, frameHeaderBytes, markBody, sealBody, segmentHeader } from "./layout.ts";
import type { Field, Kind } from "./layout.ts";

/** A field and what stands in it. */
export interface Found extends Field {
  readonly value: string;
}

const sealedFlag = 1;
const carriedFlag = 2;
const identityBytes = 16;
const tagBytes = 16;
/** Records taken apart one by one; what is behind is shown as a whole. */
const mostRecords = 200;

/** The fields of one copy of a segment's header. */
export function dissectHeader(bytes: Uint8Array): Found[] {
  return fill(segmentHeader, bytes, 0);
}

/** The fields of a frame, its body included, as far as `bytes` reach. */
export function dissectFrame(bytes: Uint8Array): Found[] {
  const header = fill(frameHeader, bytes, 0);
  const view = viewOf(bytes);
  const [bodyBytes, type, flags, count] = [
    view.getUint32(8, true),
    view.getUint8(12),
    view.getUint8(13),
    view.getUint32(16, true),
  ];
  const end = frameHeaderBytes + bodyBytes;
  const body = bodyOf(bytes, { type, flags, count, end: Math.min(end, bytes.length) });
  const padding = bytes.length > end ? [field("zero", end, bytes.length - end, "zero", bytes)] : [];
  return [...header, ...body, ...padding];
}

interface Body {
  readonly type: number;
  readonly flags: number;
  readonly count: number;
  readonly end: number;
}

function bodyOf(bytes: Uint8Array, { type, flags, count, end }: Body): Found[] {
  const start = frameHeaderBytes;
  if ((flags & sealedFlag) !== 0) {
    const tagAt = Math.max(start, end - tagBytes);
    return [
      field("ciphertext", start, tagAt - start, "hex", bytes),
      field("tag", tagAt, end - tagAt, "hex", bytes),
    ];
  }
  if (type === 2) return fill(markBody, bytes, start);
  if (type === 3) {
    const fixed = fill(sealBody, bytes, start);
    const indexAt = start + 40;
    return end > indexAt ? [...fixed, field("index", indexAt, end - indexAt, "hex", bytes)] : fixed;
  }
  const found: Found[] = [];
  let at = start;
  if ((flags & carriedFlag) !== 0) {
    found.push(field("identity", at, identityBytes, "hex", bytes));
    at += identityBytes;
  }
  const view = viewOf(bytes);
  for (let record = 0; record < Math.min(count, mostRecords) && at + 4 <= end; record++) {
    const length = view.getUint32(at, true);
    found.push(field("length", at, 4, "u32", bytes));
    at += 4;
    const there = Math.min(length, end - at);
    found.push(field("payload", at, there, "text", bytes));
    at += there;
  }
  if (at < end) found.push(field("more records", at, end - at, "hex", bytes));
  return found;
}

const tones: Readonly<Record<string, Field["tone"]>> = {
  length: "size",
  payload: "body",
  ciphertext: "key",
  tag: "check",
  identity: "check",
  index: "place",
  "more records": "body",
};

function field(name: string, at: number, size: number, kind: Kind, bytes: Uint8Array): Found {
  const tone = tones[name] ?? "none";
  return { name, at, size, kind, tone, value: valueOf(kind, bytes.subarray(at, at + size)) };
}

function fill(fields: readonly Field[], bytes: Uint8Array, base: number): Found[] {
  return fields
    .filter(({ at, size }) => base + at + size <= bytes.length)
    .map(({ at: from, size, name, kind, tone }) => {
      const at = base + from;
      return { at, size, name, kind, tone, value: valueOf(kind, bytes.subarray(at, at + size)) };
    });
}

function valueOf(kind: Kind, bytes: Uint8Array): string {
  const view = viewOf(bytes);
  switch (kind) {
    case "u8":
      return String(view.getUint8(0));
    case "u16":
      return String(view.getUint16(0, true));
    case "u32":
      return String(view.getUint32(0, true));
    case "u64":
      return String(view.getBigUint64(0, true));
    case "time": {
      const ms = Number(view.getBigUint64(0, true));
      return ms <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
    }
    case "text":
      return (
        [...bytes.subarray(0, 48)].map((byte) => printable(byte)).join("") +
        (bytes.length > 48 ? " …" : "")
      );
    case "zero":
      return bytes.every((byte) => byte === 0) ? `${bytes.length} × 0` : "not zero";
    case "hex":
      return hex(bytes.subarray(0, 16)) + (bytes.length > 16 ? " …" : "");
    default:
      return kind satisfies never;
  }
}

/** A byte as text shows it. */
export function printable(byte: number): string {
  return byte >= 32 && byte < 127 ? String.fromCodePoint(byte) : "·";
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
