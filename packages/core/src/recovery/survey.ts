/**
 * First look at a directory: which files are there, and what do their headers say. Reads only; with
 * `sync` it first makes what it is about to believe durable, because a killed process may have left
 * bytes and names in the cache alone (FoundationDB's DiskQueue does the same).
 */
import type { Crc32 } from "../checksum.ts";
import { isZero } from "../format/bytes.ts";
import {
  FRAMES_START,
  HEADER_COPIES,
  SECTOR_BYTES,
  type HeaderOutcome,
  type SegmentHeader,
  decodeHeader,
} from "../format/segment-header.ts";
import { segmentId, segmentName } from "../format/segment-name.ts";
import { readFully } from "../segment/read-fully.ts";
import type { Storage, StorageFile } from "../storage.ts";
import { asWalError } from "../errors.ts";

/** A segment file as found. */
export interface FoundSegment {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly state: FoundState;
}

/** What its header area holds. */
export type FoundState =
  /** `damagedCopy` = the other copy is unreadable. */
  | { readonly kind: "valid"; readonly header: SegmentHeader; readonly damagedCopy: boolean }
  | { readonly kind: "unsupported"; readonly reason: string }
  /** Both copies bad and nothing where the first frame would start: a crash during birth. */
  | { readonly kind: "stillborn" }
  /** Both copies bad with bytes behind them. */
  | { readonly kind: "bad"; readonly reason: string };

/** Everything a directory holds. */
export interface Survey {
  /** By id, ascending. */
  readonly segments: readonly FoundSegment[];
  /** Files that are no segments; never touched. */
  readonly strangers: readonly string[];
}

export async function survey(
  storage: Storage,
  options: { crc32: Crc32; sync: boolean },
): Promise<Survey> {
  const names = await attempt(storage.list(), `listing ${storage.name}`);
  const segments: FoundSegment[] = [];
  const strangers: string[] = [];
  for (const name of names) {
    const id = segmentId(name);
    if (id === undefined) strangers.push(name);
    // One after the other: hundreds of open files at once would be worse than the wait.
    else segments.push(await attempt(look(storage, id, name, options), `reading ${name}`));
  }
  if (options.sync && names.length > 0) {
    await attempt(storage.syncDirectory(), `syncing ${storage.name}`);
  }
  segments.sort((a, b) => a.id - b.id);
  return { segments, strangers };
}

/** Opens, looks, closes; whatever happens the handle is closed. */
export async function withFile<T>(
  storage: Storage,
  name: string,
  use: (file: StorageFile) => Promise<T>,
): Promise<T> {
  const file = await storage.open(name);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function look(
  storage: Storage,
  id: number,
  name: string,
  options: { crc32: Crc32; sync: boolean },
): Promise<FoundSegment> {
  return withFile(storage, name, async (file) => {
    if (options.sync) await file.sync();
    const size = await file.size();
    return { id, name, size, state: await headerState(file, id, options.crc32) };
  });
}

/** A header that names another segment is stale or misplaced: not this file's header. */
function ownHeader(outcome: HeaderOutcome, id: number): HeaderOutcome {
  if (outcome.kind !== "header" || outcome.header.segmentId === id) return outcome;
  const reason = `it names ${segmentName(outcome.header.segmentId)}: stale, renamed or copied`;
  return { kind: "bad", reason };
}

async function headerState(file: StorageFile, id: number, crc32: Crc32): Promise<FoundState> {
  const area = new Uint8Array(FRAMES_START + SECTOR_BYTES);
  const got = await readFully(file, area, 0);
  const copies = HEADER_COPIES.map((at) =>
    ownHeader(
      decodeHeader(area.subarray(Math.min(at, got), Math.min(at + SECTOR_BYTES, got)), crc32),
      id,
    ),
  );
  const valid = copies.find((copy) => copy.kind === "header");
  if (valid !== undefined) {
    const damagedCopy = copies.some((copy) => copy.kind !== "header");
    return { kind: "valid", header: valid.header, damagedCopy };
  }
  const unsupported = copies.find((copy) => copy.kind === "unsupported");
  if (unsupported !== undefined) return unsupported;
  if (isZero(area.subarray(FRAMES_START, Math.max(got, FRAMES_START))))
    return { kind: "stillborn" };
  const reasons = copies.map((copy) => (copy.kind === "bad" ? copy.reason : ""));
  return { kind: "bad", reason: reasons.join("; ") };
}

/** A read error is neither damage nor emptiness: it fails the open with its own code. */
async function attempt<T>(doing: Promise<T>, what: string): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    throw asWalError(error, what);
  }
}
