/** classic-level: LevelDB with `sync: true`, one put a record or callers coalesced into batches. */
import { coalesced } from "../coalesce.ts";
import type { Contestant, Session } from "../contestant.ts";
import { load } from "../load.ts";
import { keyAt, numberOf } from "./level-key.ts";

type Operation = { type: "put"; key: Uint8Array; value: Uint8Array };
interface Level {
  open(): Promise<void>;
  put(key: Uint8Array, value: Uint8Array, options: { sync: boolean }): Promise<void>;
  batch(operations: Operation[], options: { sync: boolean }): Promise<void>;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  clear(range: { lte: Uint8Array }): Promise<void>;
  iterator(range: { gt: Uint8Array }): {
    nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
    close(): Promise<void>;
  };
  keys(range: { reverse: true; limit: 1 }): { all(): Promise<Uint8Array[]> };
  close(): Promise<void>;
}

export const classicLevel: Contestant = contestant("classic-level sync", false);
export const classicLevelBatched: Contestant = contestant("classic-level sync +batch", true);

function contestant(name: string, batched: boolean): Contestant {
  return {
    name,
    package: "classic-level",
    kind: "rival",
    guarantee: `one fdatasync a ${batched ? "batch, callers coalesced by the harness" : "put"}; crc32c a block`,
    blocking: false,
    open: (directory) => openLevel(directory, batched),
  };
}

async function openLevel(directory: string, batched: boolean): Promise<Session> {
  type Options = { keyEncoding: "view"; valueEncoding: "view" };
  type Module = { ClassicLevel: new (path: string, options: Options) => Level };
  const { ClassicLevel } = (await load("classic-level")) as Module;
  const db = new ClassicLevel(directory, { keyEncoding: "view", valueEncoding: "view" });
  await db.open();
  const [newest] = await db.keys({ reverse: true, limit: 1 }).all();
  let last = newest === undefined ? 0 : numberOf(newest);
  const put = (value: Uint8Array): Operation => ({ type: "put", key: keyAt(++last), value });
  return {
    append: batched
      ? coalesced((records) => db.batch(records.map(put), { sync: true }))
      : (record) => db.put(keyAt(++last), record, { sync: true }),
    trim: (count) => db.clear({ lte: keyAt(count) }),
    get: (index) => db.get(keyAt(index + 1)),
    read: async (visit, first = 0) => {
      const iterator = db.iterator({ gt: keyAt(first) });
      for (;;) {
        const entries = await iterator.nextv(1000);
        if (entries.length === 0) break;
        for (const [, value] of entries) visit(value);
      }
      await iterator.close();
    },
    close: () => db.close(),
  };
}
