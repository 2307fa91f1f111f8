/** The directory a command works on: one place that turns a path into a storage, and later into keys. */
import { readdir, stat } from "node:fs/promises";
import type { Storage } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { UsageError } from "./exit-code.ts";

/** A log that must be there to be looked at; an empty directory is an empty log. */
export async function existingLog(directory: string): Promise<Storage> {
  if (!(await isDirectory(directory))) throw new UsageError(`no such directory: ${directory}`);
  return nodeStorage(directory);
}

/** A log that may be made. */
export async function writableLog(directory: string): Promise<Storage> {
  await isDirectory(directory);
  return nodeStorage(directory);
}

/** A place for a new log: not there yet, or empty. */
export async function newLog(directory: string): Promise<Storage> {
  if ((await isDirectory(directory)) && (await readdir(directory)).length > 0) {
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
    throw error;
  }
}
