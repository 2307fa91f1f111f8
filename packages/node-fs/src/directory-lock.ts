/**
 * One writer a directory: an exclusive kernel lock with the meaning of flock(2) on one file in it.
 * It belongs to the open file, so the kernel drops it with its owner, however that dies; it holds
 * between runtimes, containers and paths (same inode), and against a second open in this process.
 * docs/adr/0006 says why this and nothing else. How each runtime reaches it: lock-flock.ts.
 */
import { join } from "node:path";
import { WalError } from "@stria/core";
import type { StorageLock } from "@stria/core";
import { lockFileName } from "./file-name.ts";
import { takeFlock } from "./lock-flock.ts";
import type { HeldFlock } from "./lock-flock.ts";
import { clearHolder, readHolder, writeHolder } from "./lock-holder.ts";

/**
 * Locks that are held, so that nothing collects a runtime's file object (and its descriptor) while
 * its owner has dropped the `StorageLock` but not released it.
 */
const held = new Set<HeldFlock>();

/** Takes the lock of `directory`, which must exist; rejects with `WAL_LOCKED` if somebody has it. */
export async function lockDirectory(directory: string, fileMode: number): Promise<StorageLock> {
  const path = join(directory, lockFileName);
  const flock = await takeFlock(path, fileMode);
  if (flock === undefined) throw await lockedError(directory, path);
  held.add(flock);
  await writeHolder(path);
  let released: Promise<void> | undefined;
  return {
    release(): Promise<void> {
      released ??= releaseFlock(flock, path);
      return released;
    },
  };
}

/** The note goes first: after the close it may be another writer's. */
async function releaseFlock(flock: HeldFlock, path: string): Promise<void> {
  await clearHolder(path);
  held.delete(flock);
  flock.close();
}

async function lockedError(directory: string, path: string): Promise<WalError> {
  const holder = await readHolder(path);
  return new WalError(
    "WAL_LOCKED",
    `another writer holds ${directory}${holder === undefined ? "" : `: ${holder}`}`,
    { details: holder === undefined ? {} : { holder } },
  );
}
