/** A physical copy of the durable log: same ids, same bytes, no key needed. */
import { asWalError, WalError } from "./errors.ts";
import { FRAMES_START } from "./format/segment-header.ts";
import type { ReadSource } from "./read/log-reader.ts";
import type { Segment } from "./segment/segment.ts";
import type { Storage, StorageFile } from "./storage.ts";

const COPY_BYTES = 1024 * 1024;

/**
 * Copies every live segment, oldest first: of the `active` one what is durable, of the others the whole
 * file (marks and seals behind the last record belong to it). The target must hold no segments; if the
 * copy fails, or the log is closed meanwhile, it is left as empty as the target lets it.
 */
export async function copyLog(
  source: ReadSource,
  target: Storage,
  active: Segment | undefined,
): Promise<void> {
  const present = await target.list();
  if (present.some((name) => name.endsWith(".wal"))) {
    throw new WalError("WAL_STORAGE", `${target.name} already holds a log`);
  }
  const segments = [...source.set.segments];
  const unpin = segments.map((segment) => source.set.pin(segment));
  try {
    for (const segment of segments) await copySegment(source, segment, target, segment === active);
    await target.syncDirectory();
  } catch (error) {
    await removeCopies(target);
    throw asWalError(error, `copying to ${target.name}`);
  } finally {
    for (const release of unpin) release();
  }
}

async function copySegment(
  source: ReadSource,
  segment: Segment,
  target: Storage,
  active: boolean,
): Promise<void> {
  const { file, release } = await source.files.acquire(segment.name);
  try {
    const size = await file.size();
    // A segment without frames ends before the place of its first one.
    const end = active && segment.end > FRAMES_START ? segment.end : size;
    const copy = await target.create(segment.name, { preallocateBytes: end });
    try {
      await copyBytes(source, file, copy, end);
      await copy.truncate(end);
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await release();
  }
}

async function copyBytes(
  source: ReadSource,
  from: StorageFile,
  to: StorageFile,
  end: number,
): Promise<void> {
  const block = new Uint8Array(Math.min(COPY_BYTES, end));
  let at = 0;
  while (at < end) {
    source.check();
    const count = await from.read(block.subarray(0, Math.min(block.length, end - at)), at);
    if (count === 0)
      throw new WalError("WAL_CORRUPT", `the file ends at ${at}, ${end} were durable`);
    await to.write(block.subarray(0, count), at);
    at += count;
  }
}

/** An unfinished copy must not pass for a log. */
async function removeCopies(target: Storage): Promise<void> {
  try {
    for (const name of await target.list()) if (name.endsWith(".wal")) await target.remove(name);
  } catch {
    // A WalError or platform error of the target: the one that stopped the copy is on its way.
  }
}
