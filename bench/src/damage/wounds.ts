/**
 * The wounds, the same bytes for everybody: found by looking for the records' own bytes in the files,
 * whatever the format around them.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countOf, template, writerOf } from "../payload.ts";
import { RECORDS } from "./look.ts";

const STAMP_BYTES = 8;
const PAYLOAD_BYTES = 128;
const PAGE_BYTES = 4096;
const SECTOR_BYTES = 512;
const MIDDLE = RECORDS / 2;

/** Where a record's bytes are. */
interface Place {
  readonly path: string;
  readonly at: number;
}

export interface Wound {
  readonly name: string;
  /** Hurts the files below `directory`; `false` if the record it aims at cannot be found. */
  readonly inflict: (directory: string) => boolean;
}

export const wounds: readonly Wound[] = [
  { name: "killed only", inflict: () => true },
  wound("last 7 bytes cut", RECORDS - 1, (bytes, end) => bytes.subarray(0, end - 7)),
  wound("last 300 bytes zeroed", RECORDS - 1, (bytes, end) => bytes.fill(0, end - 300, end)),
  wound("61 garbage bytes behind the end", RECORDS - 1, (bytes) => {
    const end = endOf(bytes);
    const garbage = Buffer.from(template(61 + STAMP_BYTES).subarray(STAMP_BYTES));
    return Buffer.concat([bytes.subarray(0, end), garbage, bytes.subarray(end + garbage.length)]);
  }),
  wound("4 KiB of zeros behind the end", RECORDS - 1, (bytes) =>
    Buffer.concat([bytes, Buffer.alloc(PAGE_BYTES)]),
  ),
  wound("payload bit flipped in the middle", MIDDLE, (bytes, end) => flip(bytes, end - 60)),
  wound("header bit flipped in the middle", MIDDLE, (bytes, end) =>
    flip(bytes, end - PAYLOAD_BYTES - 5),
  ),
  wound("page zeroed in the middle", MIDDLE, (bytes, end) => {
    const page = end - PAYLOAD_BYTES - ((end - PAYLOAD_BYTES) % PAGE_BYTES);
    return bytes.fill(0, page, page + PAGE_BYTES);
  }),
];

/** Numbers of the records whose bytes are whole somewhere in the files. */
export function present(directory: string): Set<number> {
  const found = new Set<number>();
  for (const { path, at } of records(directory)) {
    const record = readFileSync(path).subarray(at, at + PAYLOAD_BYTES);
    if (writerOf(record) === 0) found.add(countOf(record));
  }
  return found;
}

function wound(
  name: string,
  target: number,
  change: (bytes: Buffer, end: number) => Uint8Array,
): Wound {
  return {
    name,
    inflict: (directory) => {
      const places = records(directory).filter(({ number }) => number === target);
      // The newest copy is the one that ends the log; in the middle every copy is hurt, so that the
      // one that counts is among them.
      const chosen = target === MIDDLE ? places : places.slice(-1);
      if (chosen.length === 0) return false;
      for (const { path, at } of chosen) {
        writeFileSync(path, change(readFileSync(path), at + PAYLOAD_BYTES));
      }
      return true;
    },
  };
}

/** Every whole record in every file, found by the bytes all records share. */
function records(directory: string): (Place & { number: number })[] {
  const shared = Buffer.from(template(PAYLOAD_BYTES).subarray(STAMP_BYTES));
  const found: (Place & { number: number })[] = [];
  for (const path of files(directory)) {
    const bytes = readFileSync(path);
    let at = bytes.indexOf(shared);
    for (; at >= 0; at = bytes.indexOf(shared, at + shared.length)) {
      const record = bytes.subarray(at - STAMP_BYTES, at + shared.length);
      if (writerOf(record) === 0)
        found.push({ path, at: at - STAMP_BYTES, number: countOf(record) });
    }
  }
  return found;
}

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Where a next write would begin: at the end, or at the sector behind the last byte that is not zero. */
function endOf(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Math.min(bytes.length, Math.ceil(end / SECTOR_BYTES) * SECTOR_BYTES);
}

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 0x10;
  return bytes;
}
