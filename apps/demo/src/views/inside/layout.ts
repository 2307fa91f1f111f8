/** Where each field of the on-disk format is: the tables of docs/format.md, which a test holds these against. */

/** How a field is read. */
export type Kind = "u8" | "u16" | "u32" | "u64" | "time" | "hex" | "text" | "zero";

/** A colour of the hex view; each has the same meaning everywhere. */
export type Tone = "check" | "name" | "place" | "lsn" | "size" | "key" | "time" | "body" | "none";

/** One field. */
export interface Field {
  readonly at: number;
  readonly size: number;
  readonly name: string;
  readonly kind: Kind;
  readonly tone: Tone;
}

/** A segment's header, of which there are two copies. */
export const segmentHeader: readonly Field[] = [
  { at: 0, size: 8, name: "magic", kind: "text", tone: "name" },
  { at: 8, size: 2, name: "version", kind: "u16", tone: "name" },
  { at: 10, size: 2, name: "must-understand", kind: "u16", tone: "name" },
  { at: 12, size: 2, name: "may-ignore", kind: "u16", tone: "name" },
  { at: 14, size: 1, name: "cipher.suite", kind: "u8", tone: "key" },
  { at: 15, size: 1, name: "zero", kind: "zero", tone: "none" },
  { at: 16, size: 16, name: "logId", kind: "hex", tone: "name" },
  { at: 32, size: 8, name: "segmentId", kind: "u64", tone: "place" },
  { at: 40, size: 4, name: "epoch", kind: "u32", tone: "check" },
  { at: 44, size: 4, name: "zero", kind: "zero", tone: "none" },
  { at: 48, size: 8, name: "firstLsn", kind: "u64", tone: "lsn" },
  { at: 56, size: 8, name: "carriedTo", kind: "u64", tone: "lsn" },
  { at: 64, size: 8, name: "predecessor.id", kind: "u64", tone: "place" },
  { at: 72, size: 8, name: "predecessor.cutLsn", kind: "u64", tone: "lsn" },
  { at: 80, size: 8, name: "predecessor.cutOffset", kind: "u64", tone: "place" },
  { at: 88, size: 16, name: "predecessor.chain", kind: "hex", tone: "check" },
  { at: 104, size: 8, name: "lowLsn", kind: "u64", tone: "lsn" },
  { at: 112, size: 8, name: "checkpointLsn", kind: "u64", tone: "lsn" },
  { at: 120, size: 8, name: "gapAfter", kind: "u64", tone: "lsn" },
  { at: 128, size: 8, name: "created", kind: "time", tone: "time" },
  { at: 136, size: 8, name: "durableLsn", kind: "u64", tone: "lsn" },
  { at: 144, size: 16, name: "cipher.keyId", kind: "hex", tone: "key" },
  { at: 160, size: 32, name: "cipher.salt", kind: "hex", tone: "key" },
  { at: 192, size: 32, name: "cipher.commitment", kind: "hex", tone: "key" },
  { at: 224, size: 16, name: "tag", kind: "hex", tone: "check" },
  { at: 240, size: 268, name: "zero", kind: "zero", tone: "none" },
  { at: 508, size: 4, name: "crc", kind: "u32", tone: "check" },
];

/** The header of every frame. */
export const frameHeader: readonly Field[] = [
  { at: 0, size: 4, name: "crc", kind: "u32", tone: "check" },
  { at: 4, size: 4, name: "epoch", kind: "u32", tone: "check" },
  { at: 8, size: 4, name: "bodyBytes", kind: "u32", tone: "size" },
  { at: 12, size: 1, name: "type", kind: "u8", tone: "name" },
  { at: 13, size: 1, name: "flags", kind: "u8", tone: "name" },
  { at: 14, size: 2, name: "zero", kind: "zero", tone: "none" },
  { at: 16, size: 4, name: "count", kind: "u32", tone: "size" },
  { at: 20, size: 4, name: "sequence", kind: "u32", tone: "place" },
  { at: 24, size: 8, name: "firstLsn", kind: "u64", tone: "lsn" },
  { at: 32, size: 8, name: "syncedLsn", kind: "u64", tone: "lsn" },
  { at: 40, size: 8, name: "time", kind: "time", tone: "time" },
];

/** The body of a mark. */
export const markBody: readonly Field[] = [
  { at: 0, size: 8, name: "lowLsn", kind: "u64", tone: "lsn" },
  { at: 8, size: 8, name: "checkpointLsn", kind: "u64", tone: "lsn" },
];

/** The body of a seal up to its index, whose entries are of 8 bytes. */
export const sealBody: readonly Field[] = [
  ...markBody,
  { at: 16, size: 16, name: "chain", kind: "hex", tone: "check" },
  { at: 32, size: 4, name: "recordFrames", kind: "u32", tone: "size" },
  { at: 36, size: 4, name: "entries", kind: "u32", tone: "size" },
];

/** Where the copies of the header are, and how long headers are. */
export const copyOffsets = [0, 4096] as const;
export const headerBytes = 512;
export const frameHeaderBytes = 48;
