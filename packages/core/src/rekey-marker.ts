/**
 * A file that stands in a directory while a copy of a log is being made there. It bears the name of
 * the last segment there can be and is none, so every version of Stria refuses to open the unfinished
 * copy as a damaged log; whoever makes the copy looks past it.
 */
import { FRAMES_START, SECTOR_BYTES } from "./format/segment-header.ts";
import { segmentName } from "./format/segment-name.ts";
import { readFully } from "./segment/read-fully.ts";
import { withFile } from "./recovery/survey.ts";
import type { Storage } from "./storage.ts";

/** Its name. */
export const MARKER_NAME: string = segmentName(Number.MAX_SAFE_INTEGER);

/** Makes the directory an unfinished copy of the log `logId`; durable when it resolves. */
export async function putMarker(storage: Storage, logId: string): Promise<void> {
  const file = await storage.create(MARKER_NAME);
  try {
    await file.write(markerBytes(logId), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await storage.syncDirectory();
}

/** Whose copy this is; `undefined` if the marker itself is not whole. */
export async function readMarker(storage: Storage): Promise<string | undefined> {
  const bytes = new Uint8Array(FRAMES_START + SECTOR_BYTES);
  const got = await withFile(storage, MARKER_NAME, (file) => readFully(file, bytes, 0));
  const text = decodeLatin(bytes.subarray(0, TEXT.length + 32));
  if (got < bytes.length || !text.startsWith(TEXT)) return undefined;
  const logId = text.slice(TEXT.length);
  const whole = markerBytes(logId);
  return bytes.every((byte, at) => byte === whole[at]) ? logId : undefined;
}

/** The directory is what the copy made of it. */
export async function removeMarker(storage: Storage): Promise<void> {
  await storage.remove(MARKER_NAME);
  await storage.syncDirectory();
}

/** The same storage without the marker, and without its lock: whoever looks past the marker holds it. */
export function pastMarker(storage: Storage): Storage {
  return {
    name: storage.name,
    capabilities: storage.capabilities,
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    list: async () => (await storage.list()).filter((name) => name !== MARKER_NAME),
    create: (name, options) => storage.create(name, options),
    open: (name) => storage.open(name),
    remove: (name) => storage.remove(name),
    syncDirectory: () => storage.syncDirectory(),
    ...(storage.crc32 === undefined
      ? {}
      : { crc32: (bytes: Uint8Array, seed: number) => storage.crc32!(bytes, seed) }),
  };
}

const TEXT = "Not a segment: a copy of a log is being made here and is not complete. Log ";

/** The text where a header would stand, and where the first frame would: nothing a crash leaves behind. */
function markerBytes(logId: string): Uint8Array {
  const bytes = new Uint8Array(FRAMES_START + SECTOR_BYTES);
  const text = Uint8Array.from(`${TEXT}${logId}`, (letter) => letter.charCodeAt(0));
  bytes.set(text, 0);
  bytes.set(text, FRAMES_START);
  return bytes;
}

function decodeLatin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
