/** Everybody a page can write to, by name: ours, IndexedDB, SQLite, and the bare loop that bounds them all. */
import { openWal } from "@stria/browser-opfs";
import type { Session } from "../src/session.ts";
import { AskedWorker } from "./ask-worker.ts";
import { gathered, packed } from "./gather.ts";
import { openIndexedDb } from "./indexed-db.ts";

/** One of them. */
export interface PageLog {
  /** More callers than the row has, where a store is at its best only with more. */
  readonly inFlight?: number;
  readonly open: (name: string) => Promise<Session>;
}

const ALL = 1_000_000;
/** Rows of one transaction in SQLite. */
const ROWS = 1000;

/** Records of the log, for reading back; empty when it ends. */
type Block = { readonly buffer: ArrayBuffer; readonly size: number };

/** By the names in the tables. */
export const pageLogs: Readonly<Record<string, PageLog>> = {
  "stria page": { open: openStria },
  "stria page, isolated": { open: openStria },
  "raw page loop": { open: (name) => openRaw(name, false) },
  "raw page loop, zeroed": { open: (name) => openRaw(name, true) },
  "sqlite-wasm page": { open: openSqlite },
  ...indexedDbs([1, 100, 1000, 10_000]),
};

async function openStria(name: string): Promise<Session> {
  const wal = await openWal({ name });
  return {
    append: (record) => wal.append(record),
    async read(visit) {
      for await (const batch of wal.readBatches()) for (const { payload } of batch) visit(payload);
    },
    close: () => wal.close(),
  };
}

async function openRaw(name: string, zeroed: boolean): Promise<Session> {
  const worker = new AskedWorker("raw-worker");
  await worker.ask({ kind: "open", name, zeroed });
  let spare: ArrayBuffer | undefined;
  const write = async (records: readonly Uint8Array[]): Promise<void> => {
    const { buffer, used } = packed(records, spare);
    // The buffer comes back: nothing is allocated for the next group.
    spare = await worker.ask<ArrayBuffer>({ kind: "write", buffer, used }, [buffer]);
  };
  return {
    append: gathered(write, ALL),
    async close() {
      await worker.ask({ kind: "close" });
      worker.end();
    },
  };
}

async function openSqlite(name: string): Promise<Session> {
  const worker = new AskedWorker("sqlite-worker");
  await worker.ask({ kind: "open", name });
  let spare: ArrayBuffer | undefined;
  const write = async (records: readonly Uint8Array[]): Promise<void> => {
    const { buffer, used, size } = packed(records, spare);
    spare = await worker.ask<ArrayBuffer>({ kind: "insert", buffer, used, size }, [buffer]);
  };
  return {
    append: gathered(write, ROWS),
    async read(visit) {
      for (let first = 0; ; first += ROWS) {
        const { buffer, size } = await worker.ask<Block>({ kind: "read", first, count: ROWS });
        if (buffer.byteLength === 0) return;
        for (let at = 0; at < buffer.byteLength; at += size)
          visit(new Uint8Array(buffer, at, size));
      }
    },
    async close() {
      await worker.ask({ kind: "close" });
      worker.end();
    },
  };
}

function indexedDbs(sizes: readonly number[]): Record<string, PageLog> {
  return Object.fromEntries(
    sizes.map((size) => [
      `IndexedDB strict, ${size.toLocaleString("en-US")} a transaction`,
      { inFlight: size, open: (name: string) => openIndexedDb(name, size) },
    ]),
  );
}
