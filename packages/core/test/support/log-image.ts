/**
 * Logs as files, to be damaged on purpose: written through the public API with a clock that stands
 * still, taken from the storage as a kill would leave them, and mapped frame by frame.
 */
import { crc32 } from "../../src/checksum.ts";
import { type Frame, decodeFrame, frameContext } from "../../src/format/frame.ts";
import { FRAMES_START, decodeHeader } from "../../src/format/segment-header.ts";
import { memoryStorage } from "../../src/memory-storage.ts";
import type { WalOptions } from "../../src/options.ts";
import { Wal } from "../../src/wal.ts";
import {
  type LogFiles,
  ScriptClock,
  filesOf,
  repeatableRandom,
  storageOf,
} from "../golden/deterministic.ts";
import { bytes, records, text } from "./records.ts";

export { filesOf, storageOf, type LogFiles };

/** A frame of a segment file. */
export interface MappedFrame extends Frame {
  readonly offset: number;
  /** Behind its last byte that is not zero: cut there, it still reads the same. */
  readonly contentEnd: number;
}

/** Payload of the record with this LSN in every log made here: different lengths, zeros at the end. */
export function payload(lsn: number): Uint8Array {
  return bytes(`record ${lsn}${"\0".repeat(lsn % 3)}`);
}

/** Options that make a log repeatable, and cheap to open ten thousand times. */
export function still(seed: number): Pick<WalOptions, "clock" | "random" | "stripeBytes"> {
  return { clock: new ScriptClock(), random: repeatableRandom(seed), stripeBytes: 1024 };
}

/** How a life ends. */
export type End = "closed" | "killed" | "killed-after-mark";

/** Appends `groups` (each a batch of so many records) to `storage`, each a frame of its own. */
export async function writeLife(
  files: LogFiles,
  groups: readonly number[],
  end: End,
  options: Partial<WalOptions> = {},
): Promise<Map<string, Uint8Array>> {
  const storage = await storageOf(files);
  const wal = await Wal.open({ storage, ...still(files.size + 1), ...options });
  for (const count of groups) {
    const first = wal.nextLsn;
    await wal.appendBatch(Array.from({ length: count }, (_, i) => payload(first + i)));
  }
  // A backup writes a mark first, so that all it copies is vouched for.
  if (end === "killed-after-mark") await wal.backup(memoryStorage());
  if (end === "closed") await wal.close();
  return filesOf(storage);
}

/** All frames of a sound segment file. */
export function mapFrames(file: Uint8Array): MappedFrame[] {
  const decoded = decodeHeader(file.subarray(0, 512), crc32);
  if (decoded.kind !== "header") throw new Error(decoded.reason);
  const context = frameContext(decoded.header, crc32);
  const frames: MappedFrame[] = [];
  let offset = FRAMES_START;
  while (offset < file.length) {
    const available = file.length - offset;
    const found = decodeFrame(file, offset, { available, remaining: available }, context);
    if (found.kind !== "frame") throw new Error(`no frame at ${offset}: ${found.kind}`);
    const { frame } = found;
    let contentEnd = offset + frame.size;
    while (file[contentEnd - 1] === 0) contentEnd--;
    frames.push({ ...frame, offset, contentEnd });
    offset += frame.size;
  }
  return frames;
}

/** What a damaged copy of a log turned out to be. */
export interface Outcome {
  /** LSNs that were read, in order; a wrong payload throws. */
  readonly lsns: number[];
  /** Opened, and what it said of itself. */
  readonly report: Wal["recovery"] | undefined;
  /** What stopped the open or the read. */
  readonly error: unknown;
}

/** Opens `files` and reads all there is; every record must be exactly what was written. */
export async function examine(
  files: LogFiles,
  options: Partial<WalOptions> = {},
): Promise<Outcome> {
  const storage = await storageOf(files);
  let wal: Wal;
  try {
    wal = await Wal.open({ storage, ...still(99), ...options });
  } catch (error) {
    return { lsns: [], report: undefined, error };
  }
  const lsns: number[] = [];
  let error: unknown;
  try {
    for await (const record of wal.read()) {
      lsns.push(record.lsn);
      const expected = text(payload(record.lsn));
      if (text(record.payload) !== expected) throw new Error(`LSN ${record.lsn} is not its own`);
    }
  } catch (reason) {
    error = reason;
  }
  return { lsns, report: wal.recovery, error };
}

/** A copy of `files` with one file changed. */
export function withFileChanged(
  files: LogFiles,
  name: string,
  change: (file: Uint8Array) => Uint8Array,
): Map<string, Uint8Array> {
  return new Map(files).set(name, change(files.get(name)!.slice()));
}

/** Opens, appends one record, closes, reopens: the log goes on from what was found. */
export async function goesOn(files: LogFiles, lastLsn: number): Promise<boolean> {
  const storage = await storageOf(files);
  const wal = await Wal.open({ storage, ...still(98) });
  const lsn = await wal.append(payload(lastLsn + 1));
  await wal.close();
  const again = await Wal.open({ storage, ...still(97) });
  const found = (await records(again)).map((record) => record.lsn);
  await again.close();
  return lsn === lastLsn + 1 && found.length === lsn && found.every((value, i) => value === i + 1);
}

/** 1, 2, … `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
