/** What is journaled: every file below a directory, or every line of a file. The order is always the same. */
import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../exit-code.ts";
import { LineSplitter } from "../input/split.ts";

/** The user's input, before it is read. */
export interface Input {
  readonly kind: "directory" | "file";
  /** Absolute, without symbolic links. */
  readonly path: string;
}

const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** @throws UsageError if there is nothing of the kind. */
export async function findInput(path: string): Promise<Input> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return { kind: "directory", path: await realpath(path) };
    if (found.isFile()) return { kind: "file", path: await realpath(path) };
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
  throw new UsageError(`neither a directory nor a file: ${path}`);
}

/**
 * Paths of all files below `root`, symbolic links left alone. `except` (the log itself) is not entered.
 */
export async function* filesBelow(
  root: string,
  except: string,
  folder: string = "",
): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && join(root, path) !== except)
      yield* directory(root, except, path);
  }
}

/** A directory that goes away while others are read has no files. */
async function* directory(
  root: string,
  except: string,
  path: string,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* filesBelow(root, except, path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== "ENOENT" && code !== "EACCES") throw error;
  }
}

/** Lines of a file, without their newlines. */
export async function* linesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of createReadStream(path)) yield* splitter.push(chunk as Uint8Array);
  yield* splitter.end();
}

/** How many lines a file has. */
export async function countLines(path: string): Promise<number> {
  const lines = linesOf(path);
  let total = 0;
  while ((await lines.next()).done !== true) total++;
  return total;
}
