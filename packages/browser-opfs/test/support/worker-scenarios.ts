/**
 * What the browser tests have done in a dedicated worker, by name. Results are plain data; a `WalError`
 * is reported by its code. A worker does one thing after the other, and lives until it is terminated.
 */
import { isWalError, Wal } from "@stria/core";
import type { StorageFile } from "@stria/core";
import { destroy, opfsStorage } from "../../src/index.ts";
import type { OpfsReport, OpfsStorage } from "../../src/index.ts";

/** Where a scenario works, and how patient it is. */
export interface Place {
  readonly log: string;
  readonly lockTimeoutMs?: number;
  readonly maxSlots?: number;
}

const slotBytes = 262_144;
const open = new Map<string, OpfsStorage>();

function storageFor(place: Place): OpfsStorage {
  const { log, ...options } = place;
  const storage = opfsStorage(log, { slotBytes, ...options });
  open.set(log, storage);
  return storage;
}

/** Bytes that tell which file they belong to. */
function content(file: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).map((_byte, at) => (file * 31 + at) % 251);
}

async function put(storage: OpfsStorage, file: number, bytes: number): Promise<StorageFile> {
  const made = await storage.create(`${file}.wal`);
  await made.write(content(file, bytes), 0);
  await made.sync();
  return made;
}

async function intact(storage: OpfsStorage, file: number, bytes: number): Promise<boolean> {
  const found = await storage.open(`${file}.wal`);
  const into = new Uint8Array(bytes);
  const count = await found.read(into, 0);
  await found.close();
  const wanted = content(file, bytes);
  return count === bytes && into.every((byte, at) => byte === wanted[at]);
}

/** The code of what `run` rejects with, or `undefined` if it does not. */
export async function codeOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (isWalError(error)) return error.code;
    return error instanceof Error ? error.name : String(error);
  }
}

export const scenarios = {
  /** Takes the lock and keeps it. */
  hold: (place: Place): Promise<string | undefined> => codeOf(() => storageFor(place).lock()),

  /** Takes the lock and lets it go. */
  visit: (place: Place): Promise<string | undefined> =>
    codeOf(async () => {
      const lock = await storageFor(place).lock();
      await lock.release();
    }),

  letGo: async (place: Place): Promise<void> => open.get(place.log)?.close(),

  /** Writes and syncs a file, and leaves it open. */
  async begin(place: Place): Promise<void> {
    const storage = storageFor(place);
    await storage.lock();
    await put(storage, 1, 50_000);
  },

  /** What a later worker finds of it, without the lock and with it. */
  async find(place: Place): Promise<{ names: string[]; before: boolean; after: boolean }> {
    const storage = storageFor(place);
    const before = await intact(storage, 1, 50_000);
    await storage.lock();
    const found = {
      names: await storage.list(),
      before,
      after: await intact(storage, 1, 50_000),
    };
    await storage.close();
    return found;
  },

  /** Rotates through many files with few of them alive, each larger than most of its slot. */
  async rotate(place: Place): Promise<{ wrong: number; report: OpfsReport }> {
    const storage = storageFor(place);
    await storage.lock();
    let wrong = 0;
    for (let file = 1; file <= 60; file += 1) {
      const made = await put(storage, file, 100_000 + file * 1000);
      await made.truncate(100_000 + file * 1000);
      await made.sync();
      await made.close();
      if (file > 2) await storage.remove(`${file - 2}.wal`);
      await storage.syncDirectory();
      if (file > 1 && !(await intact(storage, file - 1, 99_000 + file * 1000))) wrong += 1;
    }
    const report = await storage.report();
    await storage.close();
    return { wrong, report };
  },

  /** Opens, writes a little, removes what came before, closes; many times. */
  async live(place: Place): Promise<OpfsReport> {
    for (let life = 1; life <= 100; life += 1) {
      const storage = storageFor(place);
      const lock = await storage.lock();
      const made = await put(storage, life, 700);
      await made.close();
      if (life > 1) await storage.remove(`${life - 1}.wal`);
      await storage.syncDirectory();
      await lock.release();
    }
    const storage = storageFor(place);
    await storage.lock();
    const report = await storage.report();
    await storage.close();
    return report;
  },

  /** A log whose flusher blocks, and that never waits for anything but the flusher; says how many records it has. */
  async block(place: Place): Promise<number> {
    const wal = await Wal.open({ storage: storageFor(place), blockingWrites: true });
    for (let record = 0; record < 100; record += 1) await wal.append(new Uint8Array(50_000));
    const { durableLsn } = wal;
    await wal.close();
    return durableLsn;
  },

  /** Creates files until there is no room; says how many fitted, how it ended, and whether they are intact. */
  async fill(place: Place): Promise<{ files: number; code: string | undefined; intact: boolean }> {
    const storage = storageFor(place);
    await storage.lock();
    let files = 0;
    const code = await codeOf(async () => {
      for (; files < 200; files += 1) await put(storage, files + 1, 200_000);
    });
    const checks = Array.from({ length: files }, (_nothing, at) =>
      intact(storage, at + 1, 200_000),
    );
    const all = await Promise.all(checks);
    await storage.close();
    return { files, code, intact: all.every(Boolean) };
  },

  destroy: (place: Place): Promise<string | undefined> =>
    codeOf(() => destroy(place.log, { lockTimeoutMs: place.lockTimeoutMs ?? 2000 })),

  list: (place: Place): Promise<string[]> => storageFor(place).list(),
};
