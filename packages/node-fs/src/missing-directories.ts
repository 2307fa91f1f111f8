/**
 * Makes a directory with the parents it lacks, each asked for once more after its parent is there.
 * Not `mkdir` with `recursive`: where a directory cannot have children though it exists (/proc, some
 * network mounts: ENOENT), Node's tries for ever, with a thread of its pool at full load.
 */
import { mkdirSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The outermost directory that was made; undefined if all of them were there. */
export async function makeMissing(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    if (await isDirectory(path)) return undefined;
    if (!lacksParent(path, error)) throw error;
  }
  const first = await makeMissing(dirname(path), mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Somebody else may have been faster.
    if (!(await isDirectory(path))) throw error;
    return first;
  }
  return first ?? path;
}

/** The same, blocking. */
export function makeMissingBlocking(path: string, mode: number): string | undefined {
  try {
    mkdirSync(path, { mode });
    return path;
  } catch (error) {
    if (isDirectoryBlocking(path)) return undefined;
    if (!lacksParent(path, error)) throw error;
  }
  const first = makeMissingBlocking(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isDirectoryBlocking(path)) throw error;
    return first;
  }
  return first ?? path;
}

function lacksParent(path: string, error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT" && dirname(path) !== path;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // The error of mkdir says more.
    return false;
  }
}

function isDirectoryBlocking(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
