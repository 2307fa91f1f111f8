/** One file as one record: path, size, modification time, mode and content hash, as a line of JSON. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** What is journaled of a file. */
export interface FileEntry {
  /** Below the journaled directory, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** As `ls` counts: octal, type included. */
  readonly mode: string;
  readonly sha256: string;
}

/** Larger files are hashed as they are read. */
const WHOLE_BYTES = 1024 * 1024;

/** Reads a file and makes its entry. */
export async function readEntry(root: string, path: string): Promise<FileEntry> {
  const full = join(root, path);
  const { size, mtimeMs, mode } = await stat(full);
  const hash = createHash("sha256");
  if (size <= WHOLE_BYTES) hash.update(await readFile(full));
  else for await (const chunk of createReadStream(full)) hash.update(chunk as Uint8Array);
  return { path, size, mtimeMs, mode: mode.toString(8), sha256: hash.digest("hex") };
}

export function encodeEntry(entry: FileEntry): Uint8Array {
  return Buffer.from(JSON.stringify(entry));
}

/** @throws SyntaxError if the bytes are no entry. */
export function decodeEntry(record: Uint8Array): FileEntry {
  const { buffer, byteOffset, length } = record;
  const entry = JSON.parse(Buffer.from(buffer, byteOffset, length).toString("utf8")) as FileEntry;
  if (typeof entry.path !== "string") throw new SyntaxError("a record of the log is no file entry");
  return entry;
}
