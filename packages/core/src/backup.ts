/** A physical copy of the durable log: same ids, same bytes, no key needed. */
import { asWalError, WalError } from "./errors.ts";
import { FRAMES_START } from "./format/segment-header.ts";
import { type ReadSource, aborted } from "./read/log-reader.ts";
import type { Segment } from "./segment/segment.ts";
import type { AbortSignalLike } from "./signal.ts";
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
  what: { active: Segment | undefined; signal: AbortSignalLike | undefined },
): Promise<void> {
  const { active, signal } = what;
  // Before every block: neither a log that was closed nor an abort lets a copy go on.
  const check = (): void => {
    source.check();
    aborted(signal);
  };
  check();
  const present = await target.list();
  if (present.some((name) => name.endsWith(".wal"))) {
    throw new WalError("WAL_STORAGE", `${target.name} already holds a log`);
  }
  const segments = [...source.set.segments];
  const unpin = segments.map((segment) => source.set.pin(segment));
  try {
    for (const segment of segments) {
      const { file, release } = await source.files.acquire(segment.name);
      try {
        await copySegment(file, segment, { target, check, isActive: segment === active });
      } finally {
        await release();
      }
    }
    await target.syncDirectory();
  } catch (error) {
    await removeCopies(target);
    throw asWalError(error, `copying to ${target.name}`);
  } finally {
    for (const release of unpin) release();
  }
}

async function copySegment(
  file: StorageFile,
  segment: Segment,
  to: { target: Storage; check: () => void; isActive: boolean },
): Promise<void> {
  const size = await file.size();
  // A segment without frames ends before the place of its first one.
  const end = to.isActive && segment.end > FRAMES_START ? segment.end : size;
  const copy = await to.target.create(segment.name, { preallocateBytes: end });
  try {
    await copyBytes(file, copy, end, to.check);
    await copy.truncate(end);
    await copy.sync();
  } finally {
    await copy.close();
  }
}

async function copyBytes(
  from: StorageFile,
  to: StorageFile,
  end: number,
  check: () => void,
): Promise<void> {
  const block = new Uint8Array(Math.min(COPY_BYTES, end));
  let at = 0;
  while (at < end) {
    check();
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
