/** What goes on beside the appends is held against the model: second writers, readers, copies, limits. */
import { Wal, WalError, type Storage } from "@stria/core";
import { expect, test } from "vitest";
import { crashExplorer, type OpenLog, type OpenReader } from "../../src/index.ts";

const open: OpenLog = ({ storage, clock, random }) =>
  Wal.open({ storage, clock, random, segmentBytes: 16_384, keepSegments: 0 });
const openReader: OpenReader = ({ storage, clock }) => Wal.openReader({ storage, clock });
const script = "l a100 s700 o b2x300 w u a7000 k i60 o g p w r l a10 x9 z2000000000 a400 u";
const effort = { script, openReader, points: 6, images: 1, faults: 1, shrink: false };

async function broken(options: Partial<Parameters<typeof crashExplorer>[0]>): Promise<unknown> {
  const { findings } = await crashExplorer({ open, ...effort, ...options });
  return findings[0]?.violation;
}

test("a sound log is not accused", { timeout: 60_000 }, async () => {
  expect(await broken({ seeds: 2 })).toBeUndefined();
});

test("a lock that lets everybody in is found", { timeout: 60_000 }, async () => {
  const unlocked = (storage: Storage): Storage => ({
    name: storage.name,
    capabilities: storage.capabilities,
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    list: () => storage.list(),
    create: (name, options) => storage.create(name, options),
    open: (name) => storage.open(name),
    remove: (name) => storage.remove(name),
    syncDirectory: () => storage.syncDirectory(),
  });
  const careless: OpenLog = ({ storage, clock, random }) =>
    Wal.open({ storage: unlocked(storage), clock, random });
  expect(await broken({ open: careless, faults: 0 })).toBe("two-writers");
});

test("a reader that shows more than is vouched for is found", { timeout: 60_000 }, async () => {
  const eager: OpenReader = async (context) => {
    const reader = await Wal.openReader(context);
    async function* read(options: { from: number }): ReturnType<typeof reader.read> {
      let lsn = options.from - 1;
      for await (const record of reader.read({ from: options.from })) {
        ({ lsn } = record);
        yield record;
      }
      yield { lsn: lsn + 1, payload: new Uint8Array(1), timestamp: 0 };
    }
    return { firstLsn: reader.firstLsn, durableLsn: 0, read, close: () => reader.close() };
  };
  // What it invents may be durable already and not yet vouched for: then it is its bytes that are wrong.
  const found = await broken({ openReader: eager, faults: 0 });
  expect(["unvouched-record-shown", "wrong-bytes"]).toContain(found);
});

test("a copy that lacks what was acknowledged is found", { timeout: 60_000 }, async () => {
  const forgetful: OpenLog = async (context) => {
    const log = await open(context);
    return Object.assign(log, { backup: () => Promise.resolve() });
  };
  expect(await broken({ open: forgetful, faults: 0 })).toBe("lost-record");
});

test("a refusal counts only where a limit was set", { timeout: 60_000 }, async () => {
  const strict: OpenLog = async (context) => {
    const log = await open(context);
    const append = log.append.bind(log);
    let calls = 0;
    return Object.assign(log, {
      append: (payload: Uint8Array) =>
        ++calls === 2
          ? Promise.reject(
              new WalError("WAL_NO_SPACE", "full", { details: { outcome: "not-written" } }),
            )
          : append(payload),
    });
  };
  const once = { open: strict, script: "a1 a2 a3 r a4", faults: 0 };
  expect(await broken({ ...once, limited: true })).toBeUndefined();
  expect(await broken(once)).toBe("unexpected-error");
});
