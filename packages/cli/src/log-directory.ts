/** The directory a command works on: one place that turns a path into a storage, and later into keys. */
import { readdir, stat } from "node:fs/promises";
import type { Storage } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { UsageError, wrongPlaces } from "./exit-code.ts";

/** A log that must be there to be looked at; an empty directory is an empty log. */
export async function existingLog(directory: string): Promise<Storage> {
  await existingDirectory(directory);
  const names = await namesIn(directory);
  // "Sound, no records" would be the worst answer to a mistyped name.
  if (names.length > 0 && !names.some((name) => logNames.test(name))) {
    throw new UsageError(`no log in ${directory}, only other files`);
  }
  return nodeStorage(directory);
}

/** A directory that must be there, whatever is in it. */
export async function existingDirectory(directory: string): Promise<void> {
  if (!(await isDirectory(directory))) throw new UsageError(`no such directory: ${directory}`);
}

/** A log that may be made. */
export async function writableLog(directory: string): Promise<Storage> {
  await isDirectory(directory);
  return nodeStorage(directory);
}

/** A place for a new log: not there yet, or empty. */
export async function newLog(directory: string): Promise<Storage> {
  if ((await isDirectory(directory)) && (await namesIn(directory)).length > 0) {
    throw new UsageError(`${directory} is not empty`);
  }
  return nodeStorage(directory);
}

async function isDirectory(path: string): Promise<boolean> {
  if (path === "") throw new UsageError("the directory's name is empty");
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw new UsageError(`not a directory: ${path}`);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT") return false;
    if (code === "ENOTDIR") throw new UsageError(`not a directory: ${path}`);
    throw wrongPlace(error);
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw wrongPlace(error);
  }
}

/** A path that cannot be used is the command's mistake; a broken disk stays what it is. */
function wrongPlace(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && wrongPlaces.has(code) ? new UsageError(message) : error;
}

/** Segments, and the file of the lock, which a log that was never written to has. */
const logNames = /\.wal$|^\.stria\.lock$/u;
