/**
 * A segment's birth: header, file sync, directory sync; only then may frames follow (I9). Everything the
 * header says about the predecessor is durable before.
 */
import type { Crc32 } from "../checksum.ts";
import type { Cipher } from "../cipher.ts";
import {
  FLAG_RECYCLED,
  HEADER_COPIES,
  HEADER_TAG_AT,
  ID_BYTES,
  type Predecessor,
  SECTOR_BYTES,
  type SegmentHeader,
  encodeHeader,
  finishHeader,
} from "../format/segment-header.ts";
import {
  type Io,
  closeFile,
  createFile,
  syncDirectory,
  syncFile,
  truncateFile,
  writeFile,
} from "../io.ts";
import type { Storage, StorageFile } from "../storage.ts";
import { segmentName } from "../format/segment-name.ts";
import { Segment } from "./segment.ts";

/** What a new segment's header says. */
export interface BirthPlan {
  readonly logId: Uint8Array;
  readonly segmentId: number;
  readonly epoch: number;
  readonly firstLsn: number;
  readonly carriedTo: number;
  readonly predecessor: Predecessor;
  readonly durableLsn: number;
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  readonly gapAfter: number;
  readonly created: number;
  readonly segmentBytes: number;
  /** Not for new records; see {@link CreateOptions}. */
  readonly reserve?: boolean;
}

/** Creates the file and makes its header durable; `giveUp` closes it if that fails. */
export function* bornSegment(
  storage: Storage,
  plan: BirthPlan,
  crypto: { cipher: Cipher | undefined; crc32: Crc32 },
  giveUp: (file: StorageFile) => Io<void> = closeQuietly,
): Io<{ segment: Segment; file: StorageFile }> {
  const created = crypto.cipher?.createSegment(plan);
  const { segmentBytes: preallocateBytes, reserve = false } = plan;
  const name = segmentName(plan.segmentId);
  const file = yield* createFile(storage, name, { preallocateBytes, reserve });
  try {
    const tag = new Uint8Array(ID_BYTES);
    const mayIgnore = file.recycled === true ? FLAG_RECYCLED : 0;
    const header: SegmentHeader = { ...plan, mayIgnore, cipher: created?.header, tag };
    const sector = encodeHeader(header);
    created?.cipher.seal(0, sector.subarray(0, HEADER_TAG_AT), new Uint8Array(0), tag);
    finishHeader(sector, tag, crypto.crc32);
    const copies = new Uint8Array(HEADER_COPIES.at(-1)! + SECTOR_BYTES);
    for (const at of HEADER_COPIES) copies.set(sector, at);
    yield* writeFile(file, copies, 0);
    yield* syncFile(file);
    yield* syncDirectory(storage);
    return { segment: new Segment(header, crypto.crc32, created?.cipher), file };
  } catch (error) {
    // The handle must not leak; the error that matters is the first one.
    yield* giveUp(file);
    throw error;
  }
}

/**
 * Empties and closes a file that holds nothing anybody was promised. It stays as a stillborn, because
 * its id is spent, but takes no space: whoever opens a full disk again and again must not fill it.
 */
export function* discardQuietly(file: StorageFile): Io<void> {
  try {
    yield* truncateFile(file, 0);
  } catch {
    // A WalError or platform error: the one that made the file useless is on its way to the caller.
  }
  yield* closeQuietly(file);
}

/** Closes a file that is being given up on. */
export function* closeQuietly(file: StorageFile): Io<void> {
  try {
    yield* closeFile(file);
  } catch {
    // A WalError or platform error of `close`: an earlier one is already on its way to the caller.
  }
}
