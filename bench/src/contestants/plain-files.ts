/**
 * What people write without a library: a file of fixed-size records. No length, no checksum: cutting it
 * into records again needs to know their size, which the harness does.
 */
import * as fs from "node:fs";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import type { Contestant, Session, Use } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";

const PIECE_BYTES = 1024 * 1024;

/** FileHandle: append, then `datasync`. */
export const fileHandle: Contestant = {
  name: "fs write+datasync",
  kind: "rival",
  guarantee: "one fdatasync a record; no checksum",
  blocking: false,
  open: async (directory, use) => {
    const handle = await openFile(join(directory, "log"), "a");
    return {
      append: async (record) => {
        await handle.write(record);
        await handle.datasync();
      },
      read: (visit) => readFixed(directory, use, visit),
      close: () => handle.close(),
    };
  },
};

/** The blocking calls. */
export const fileSync: Contestant = {
  name: "fs writeSync+fdatasyncSync",
  kind: "rival",
  guarantee: "one fdatasync a record; no checksum; blocks the event loop",
  blocking: true,
  open: async (directory, use) => {
    const fd = fs.openSync(join(directory, "log"), "a");
    return {
      appendSync: (record) => {
        fs.writeSync(fd, record);
        fs.fdatasyncSync(fd);
      },
      push: (record) => {
        fs.writeSync(fd, record);
        return undefined;
      },
      settle: async () => undefined,
      read: (visit) => readFixed(directory, use, visit),
      close: async () => fs.closeSync(fd),
    };
  },
};

interface SonicBoom {
  write(record: Uint8Array): boolean;
  flush(done: (error?: Error) => void): void;
  end(): void;
  once(event: "ready" | "close" | "drain", listener: () => void): void;
}

/** The writer behind pino, with a flush and its fsync for every record. */
export const sonicBoom: Contestant = {
  name: "sonic-boom flush",
  package: "sonic-boom",
  kind: "rival",
  guarantee: "one fsync a flush, flushes are not grouped; no checksum",
  blocking: false,
  open: async (directory, use) => {
    const SonicBoom = loadCommonJs("sonic-boom") as new (options: object) => SonicBoom;
    const boom = new SonicBoom({
      dest: join(directory, "log"),
      contentMode: "buffer",
      sync: false,
    });
    await new Promise<void>((resolve) => boom.once("ready", resolve));
    return {
      append: (record) =>
        new Promise<void>((resolve, reject) => {
          boom.write(record.slice());
          boom.flush((error) =>
            error === undefined || error === null ? resolve() : reject(error),
          );
        }),
      push: (record) =>
        boom.write(record)
          ? undefined
          : new Promise<void>((resolve) => boom.once("drain", resolve)),
      settle: () => new Promise<void>((resolve) => boom.flush(() => resolve())),
      read: (visit) => readFixed(directory, use, visit),
      close: () =>
        new Promise<void>((resolve) => {
          boom.once("close", resolve);
          boom.end();
        }),
    } satisfies Session;
  },
};

async function readFixed(
  directory: string,
  { payloadBytes }: Use,
  visit: (record: Uint8Array) => void,
): Promise<void> {
  const handle = await openFile(join(directory, "log"), "r");
  const piece = Buffer.alloc(Math.max(1, Math.floor(PIECE_BYTES / payloadBytes)) * payloadBytes);
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    const whole = bytesRead - (bytesRead % payloadBytes);
    for (let from = 0; from < whole; from += payloadBytes) {
      visit(piece.subarray(from, from + payloadBytes));
    }
    if (whole === 0) {
      if (bytesRead > 0) visit(piece.subarray(0, bytesRead));
      break;
    }
    at += whole;
  }
  await handle.close();
}
