/** A physical copy of the durable log: same ids, same bytes, no key needed. */
import { asWalError, WalError } from "./errors.ts";
import type { ReadSource } from "./read/log-reader.ts";
import type { Segment } from "./segment/segment.ts";
import type { Storage, StorageFile } from "./storage.ts";

const COPY_BYTES = 1024 * 1024;

/** Copies every live segment as far as it is durable, oldest first. The target must hold no segments. */
export async function copyLog(source: ReadSource, target: Storage): Promise<void> {
  const present = await target.list();
  if (present.some((name) => name.endsWith(".wal"))) {
    throw new WalError("WAL_STORAGE", `${target.name} already holds a log`);
  }
  const segments = [...source.set.segments];
  const unpin = segments.map((segment) => source.set.pin(segment));
  try {
    for (const segment of segments) await copySegment(source, segment, target);
    await target.syncDirectory();
  } catch (error) {
    throw asWalError(error, `copying to ${target.name}`);
  } finally {
    for (const release of unpin) release();
  }
}

async function copySegment(source: ReadSource, segment: Segment, target: Storage): Promise<void> {
  const { file, release } = await source.files.acquire(segment.name);
  try {
    // A sealed file is complete; of one that is being written, only what is durable belongs to the copy.
    const end = segment.sealed ? Math.max(segment.end, await file.size()) : segment.end;
    const copy = await target.create(segment.name, { preallocateBytes: end });
    try {
      await copyBytes(file, copy, end);
      await copy.truncate(end);
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await release();
  }
}

async function copyBytes(from: StorageFile, to: StorageFile, end: number): Promise<void> {
  const block = new Uint8Array(Math.min(COPY_BYTES, end));
  let at = 0;
  while (at < end) {
    const count = await from.read(block.subarray(0, Math.min(block.length, end - at)), at);
    if (count === 0)
      throw new WalError("WAL_CORRUPT", `the file ends at ${at}, ${end} were durable`);
    await to.write(block.subarray(0, count), at);
    at += count;
  }
}
