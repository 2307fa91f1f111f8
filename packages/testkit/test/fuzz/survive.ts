/** Everything that reads a log, done to one that may hold anything. */
import { Wal, isWalError, type StorageFile } from "@stria/core";
import { inspectLog, verifyLog } from "@stria/core/inspect";
import { expect } from "vitest";
import { SimulatedStorage, type DiskImage } from "../../src/index.ts";
import { openOn } from "../support/log-images.ts";

/** What reading damaged or forged bytes may end with. */
const documented: readonly string[] = [
  "WAL_CORRUPT",
  "WAL_TAMPERED",
  "WAL_UNSUPPORTED_VERSION",
  "WAL_UNSUPPORTED_CIPHER",
  "WAL_UNKNOWN_KEY",
  "WAL_PLAINTEXT",
  "WAL_GAP",
];

/** No log of these tests holds more; reading on would be a loop. */
const mostRecords = 5000;
/** Read-ahead, and a frame as large as the largest file. */
const mostBytes = 2 * 1024 * 1024;

/** Opens, reads, reads beside, inspects and verifies. */
export async function mustSurvive(image: DiskImage): Promise<void> {
  const opened: Bounded[] = [];
  const fresh = (): { storage: Bounded; clock: SimulatedStorage["clock"] } => {
    const storage = new Bounded({ seed: 1 }, SimulatedStorage.from(image.clone()));
    opened.push(storage);
    return { storage, clock: storage.clock };
  };
  const ways: (() => Promise<void>)[] = [
    async () => {
      const { storage, clock } = fresh();
      await clock.until(verifyLog(storage, { clock }));
    },
    async () => {
      await inspectLog(fresh().storage);
    },
    async () => {
      const { storage, clock } = fresh();
      const reader = await clock.until(Wal.openReader({ storage, clock }));
      // A reader that finds damage looks again a little later.
      await clock.until(count(reader.read()));
      await reader.close();
    },
    async () => {
      const { storage, clock } = fresh();
      const wal = await openOn(storage);
      try {
        await clock.until(count(wal.read()));
        await wal.append(new Uint8Array(10));
      } finally {
        await wal.close();
      }
    },
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      if (!isWalError(error)) throw error;
      expect(documented, `on ${error.message}`).toContain(error.code);
    }
  }
  for (const { largestRead } of opened) expect(largestRead).toBeLessThanOrEqual(mostBytes);
}

/** Remembers the largest read: a length is to be checked before it is used to allocate. */
class Bounded extends SimulatedStorage {
  largestRead = 0;
  readonly #inner: SimulatedStorage;

  constructor(options: { seed: number }, inner: SimulatedStorage) {
    super(options);
    this.#inner = inner;
  }

  override list(): Promise<string[]> {
    return this.#inner.list();
  }

  override create(name: string): Promise<StorageFile> {
    return this.#inner.create(name);
  }

  override remove(name: string): Promise<void> {
    return this.#inner.remove(name);
  }

  override async open(name: string): Promise<StorageFile> {
    const file = await this.#inner.open(name);
    return {
      size: () => file.size(),
      read: (into, at) => {
        this.largestRead = Math.max(this.largestRead, into.length);
        return file.read(into, at);
      },
      write: (bytes, at) => file.write(bytes, at),
      truncate: (size) => file.truncate(size),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  }
}

async function count(records: AsyncIterable<unknown>): Promise<void> {
  const iterator = records[Symbol.asyncIterator]();
  let seen = 0;
  while ((await iterator.next()).done !== true) {
    seen++;
    if (seen > mostRecords) throw new Error(`read more than ${mostRecords} records`);
  }
}
