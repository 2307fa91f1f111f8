/**
 * Reading a log that somebody else may be writing: no lock, no exclusive handles, no changes. Works on
 * `File` snapshots, which also pages and shared workers can take. A snapshot goes stale when the file
 * changes (Chromium then refuses to read it), and a slot may get another tenant: both are looked at again.
 */
import { WalError } from "@stria/core";
import type { StorageFile } from "@stria/core";
import { isNamed, unsupported } from "./platform.ts";
import type { OpfsDirectory, OpfsPlatform } from "./platform.ts";
import { logDirectory } from "./pool-opening.ts";
import { slotFileName, slotNumbers } from "./slot-files.ts";
import { decodeHeader, weighCopies } from "./slot-header.ts";
import type { SlotHeader } from "./slot-header.ts";
import { copyOffsets, headerBytes, payloadOffset } from "./slot-layout.ts";

/** Looks before a stale snapshot or a half-written header is believed. */
const looks = 8;

/** Names of the files in the log, as far as they have reached its slots. */
export async function listSnapshot(platform: OpfsPlatform, logName: string): Promise<string[]> {
  const directory = await directoryIfAny(platform, logName);
  return directory === undefined ? [] : [...(await survey(directory)).keys()];
}

/** Opens a file for reading without the lock. */
export async function openSnapshot(
  platform: OpfsPlatform,
  logName: string,
  name: string,
): Promise<StorageFile> {
  const directory = await directoryIfAny(platform, logName);
  const slot = directory === undefined ? undefined : (await survey(directory)).get(name);
  if (directory === undefined || slot === undefined) throw missing(name);
  return snapshotFile(directory, slot, name);
}

function snapshotFile(directory: OpfsDirectory, slot: number, name: string): StorageFile {
  let open = true;

  async function look<T>(
    use: (file: Blob, lengthOf: () => Promise<number>) => Promise<T>,
  ): Promise<T> {
    if (!open) throw new WalError("WAL_CLOSED", `file ${name} is closed`);
    return onFile(directory, slot, (file) =>
      use(file, async () => {
        const header = await headerIn(file, slot);
        if (header?.header.name !== name) throw missing(name);
        return header.length;
      }),
    );
  }

  const refuse = async (): Promise<void> => {
    throw unsupported(`${name} is open for reading without the lock`);
  };

  return {
    size: () => look((_file, lengthOf) => lengthOf()),
    read: (into, at) =>
      look(async (file, lengthOf) => {
        const from = payloadOffset + at;
        const bytes = new Uint8Array(await file.slice(from, from + into.length).arrayBuffer());
        // After the bytes: if the slot still is this file's, so were they.
        const count = Math.max(0, Math.min(bytes.length, (await lengthOf()) - at));
        into.set(bytes.subarray(0, count));
        return count;
      }),
    write: refuse,
    truncate: refuse,
    sync: refuse,
    async close() {
      open = false;
    },
  };
}

/** Which slot holds which file. */
async function survey(directory: OpfsDirectory): Promise<Map<string, number>> {
  const numbers = await slotNumbers(directory);
  const headers = await Promise.all(
    numbers.map((slot) => onFile(directory, slot, (file) => headerIn(file, slot))),
  );
  const found = new Map<string, number>();
  for (const entry of headers) {
    if (entry !== undefined && entry.header.name !== "") {
      found.set(entry.header.name, entry.header.slot);
    }
  }
  return found;
}

/** The header in a snapshot and the length it stands for; `undefined` for a slot that was never born. */
async function headerIn(
  file: Blob,
  slot: number,
): Promise<{ header: SlotHeader; length: number } | undefined> {
  const blocks = new Uint8Array(await file.slice(0, payloadOffset).arrayBuffer());
  const [first, second] = copyOffsets.map((offset) => {
    const bytes = new Uint8Array(headerBytes);
    bytes.set(blocks.subarray(offset, offset + headerBytes));
    return decodeHeader(bytes, slot);
  });
  if (first === undefined || second === undefined) return undefined;
  const state = weighCopies(first, second);
  if (state.kind === "damaged") {
    throw new WalError("WAL_CORRUPT", `slot ${slot} is damaged: ${state.why}`);
  }
  if (state.kind === "newer") {
    const message = `slot ${slot} has header version ${state.version}, this release knows version 1`;
    throw new WalError("WAL_UNSUPPORTED_VERSION", message);
  }
  if (state.kind === "unborn") return undefined;
  const { header, twin } = state;
  const doubted = twin === "bad" && !header.exactLength;
  return { header, length: doubted ? header.payloadBytes : header.length };
}

/** Uses a fresh snapshot of a slot file, and another one while they go stale under the reader. */
async function onFile<T>(
  directory: OpfsDirectory,
  slot: number,
  use: (file: Blob) => Promise<T>,
  left: number = looks,
): Promise<T> {
  try {
    const handle = await directory.getFileHandle(slotFileName(slot));
    return await use(await handle.getFile());
  } catch (error) {
    const passing = isNamed(error, "NotReadableError") || isCorrupt(error);
    if (!passing || left <= 1) throw error;
    return onFile(directory, slot, use, left - 1);
  }
}

function isCorrupt(error: unknown): boolean {
  return error instanceof WalError && error.code === "WAL_CORRUPT";
}

async function directoryIfAny(
  platform: OpfsPlatform,
  logName: string,
): Promise<OpfsDirectory | undefined> {
  try {
    return await logDirectory(platform, logName, { create: false });
  } catch (error) {
    if (isNamed(error, "NotFoundError")) return undefined;
    throw error;
  }
}

function missing(name: string): WalError {
  return new WalError("WAL_STORAGE", `no file ${name}`, { details: { segment: name } });
}
