/** event-storage with `syncOnFlush`: groups the writes of one tick, blocks while it writes. */
import type { Contestant } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";

interface EventStorage {
  open(): boolean;
  close(): void;
  flush(): void;
  write(document: unknown, written: () => void): number;
  read(number: number): unknown;
  readRange(from: number, until?: number): Iterable<unknown>;
  readonly length: number;
}

/** It stores text; ASCII is one byte a byte. */
const serializer = {
  serialize: (record: Uint8Array): string =>
    Buffer.from(record.buffer, record.byteOffset, record.length).toString("latin1"),
  deserialize: (text: string): Uint8Array => Buffer.from(text, "latin1"),
};

const MOST_PENDING = 4096;

export const eventStorage: Contestant = contestant("event-storage syncOnFlush", true);
export const eventStorageBuffered: Contestant = contestant("event-storage", false);

function contestant(name: string, syncOnFlush: boolean): Contestant {
  return {
    name,
    package: "event-storage",
    kind: "rival",
    guarantee: syncOnFlush
      ? "one fsync a flush; none for documents of 12.8 KB and more; no checksum"
      : "no sync",
    blocking: true,
    open: async (directory) => {
      type Module = {
        Storage: (new (name: string, options: Record<string, unknown>) => EventStorage) & {
          LOCK_RECLAIM: number;
        };
      };
      const { Storage } = loadCommonJs("event-storage") as Module;
      const storage = new Storage("log", {
        dataDirectory: directory,
        syncOnFlush,
        serializer,
        lock: Storage.LOCK_RECLAIM,
      });
      storage.open();
      let pending = 0;
      const write = (record: Uint8Array): Promise<void> =>
        new Promise((resolve) => {
          storage.write(record, resolve);
        });
      return {
        append: write,
        push: (record) => {
          if (++pending % MOST_PENDING === 0) return write(record);
          storage.write(record, () => undefined);
          return undefined;
        },
        settle: async () => storage.flush(),
        get: (index) => storage.read(index + 1) as Uint8Array,
        read: async (visit, first = 0) => {
          if (storage.length <= first) return;
          for (const record of storage.readRange(first + 1)) visit(record as Uint8Array);
        },
        close: async () => storage.close(),
      };
    },
  };
}
