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
  "WAL_STORAGE",
];

/** No log of these tests holds more; reading on would be a loop. */
const mostRecords = 5000;
/** Read-ahead, and a frame as large as the largest file. */
const largestRead = 2 * 1024 * 1024;

/** Opens, reads, reads beside, inspects and verifies. */
export async function mustSurvive(image: DiskImage): Promise<void> {
  const ways: (() => Promise<void>)[] = [
    async () => {
      const { storage, clock } = fresh(image);
      await clock.until(verifyLog(storage, { clock }));
    },
    async () => {
      await inspectLog(fresh(image).storage);
    },
    async () => {
      const { storage, clock } = fresh(image);
      const reader = await clock.until(Wal.openReader({ storage, clock }));
      await count(reader.read());
      await reader.close();
    },
    async () => {
      const wal = await openOn(fresh(image).storage);
      try {
        await count(wal.read());
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
      expect(documented, error.message).toContain(error.code);
    }
  }
}

function fresh(image: DiskImage): {
  storage: SimulatedStorage;
  clock: SimulatedStorage["clock"];
} {
  const storage = new Bounded({ seed: 1 }, SimulatedStorage.from(image.clone()));
  return { storage, clock: storage.clock };
}

/** Refuses reads that are larger than anything honest needs. */
class Bounded extends SimulatedStorage {
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
        expect(into.length, `one read of ${name}`).toBeLessThanOrEqual(largestRead);
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
  let seen = 0;
  for await (const _record of records) {
    seen++;
    if (seen > mostRecords) throw new Error(`read more than ${mostRecords} records`);
  }
}
