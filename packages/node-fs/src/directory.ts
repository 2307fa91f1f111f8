/**
 * Directories made durable. A new file is only safe when its directory has been synced, a new
 * directory only when its parent has; both are done by opening the directory and calling fsync.
 */
import { constants } from "node:fs";
import { dirname } from "node:path";
import type { FileCalls } from "./file-calls.ts";
import { makeMissing, makeMissingBlocking } from "./missing-directories.ts";

/** Makes the names in `path` durable. */
export async function syncDirectory(calls: FileCalls, path: string): Promise<void> {
  const fd = await calls.open(path, constants.O_RDONLY, 0);
  try {
    await calls.fsync(fd);
  } finally {
    await calls.close(fd);
  }
}

/** The same, blocking. */
export function syncDirectoryBlocking(calls: FileCalls, path: string): void {
  const fd = calls.blocking.open(path, constants.O_RDONLY, 0);
  try {
    calls.blocking.fsync(fd);
  } finally {
    calls.blocking.close(fd);
  }
}

/** How to make a directory: its mode, and whether parents can be synced here. */
export interface DirectoryOptions {
  readonly mode: number;
  readonly sync: boolean;
}

/** Makes `path` with its parents, and every name this added durable. */
export async function makeDirectory(
  calls: FileCalls,
  path: string,
  options: DirectoryOptions,
): Promise<void> {
  const first = await makeMissing(path, options.mode);
  if (!options.sync) return;
  await syncParents(calls, first, parentsToSync(path, first));
}

/** The same, blocking. */
export function makeDirectoryBlocking(
  calls: FileCalls,
  path: string,
  options: DirectoryOptions,
): void {
  const first = makeMissingBlocking(path, options.mode);
  if (!options.sync) return;
  for (const parent of parentsToSync(path, first)) {
    try {
      syncDirectoryBlocking(calls, parent);
    } catch (error) {
      if (!mayBeLeft(first, error)) throw error;
    }
  }
}

/**
 * The parents of every directory that was just made, outermost first. Where nothing was made the
 * direct parent is synced all the same: whoever made the directory may have died before syncing it.
 */
function parentsToSync(path: string, first: string | undefined): string[] {
  const top = dirname(first ?? path);
  const parents = [dirname(path)];
  while (parents[0] !== top) {
    const next = dirname(parents[0] ?? top);
    if (next === parents[0]) break;
    parents.unshift(next);
  }
  return parents;
}

/** From the outside in: a name inside a directory that is not there yet is worth nothing. */
async function syncParents(
  calls: FileCalls,
  first: string | undefined,
  [parent, ...inner]: string[],
): Promise<void> {
  if (parent === undefined) return;
  try {
    await syncDirectory(calls, parent);
  } catch (error) {
    if (!mayBeLeft(first, error)) throw error;
  }
  await syncParents(calls, first, inner);
}

/**
 * The parent of a directory somebody else made may be closed to this user (EACCES, EPERM): then it
 * was not ours to make durable. One we made ourselves we can open.
 */
function mayBeLeft(first: string | undefined, error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return first === undefined && (code === "EACCES" || code === "EPERM");
}
