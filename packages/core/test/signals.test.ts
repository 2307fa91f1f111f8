/**
 * Every call that waits can be given up: it rejects with WAL_ABORTED while the storage is still busy,
 * what it began goes on, and a signal that has fired already keeps it from beginning.
 */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import type { WaitOptions } from "../src/index.ts";
import type { RemoteWal } from "../src/remote/index.ts";
import { behindPort } from "./support/behind-port.ts";
import { FakeCipher } from "./support/fake-cipher.ts";
import { block, bytes, records, texts, walError } from "./support/records.ts";
import { TestStorage, type Verb } from "./support/test-storage.ts";

type Waiting = (log: Wal | RemoteWal, options: WaitOptions) => Promise<unknown>;

/** The call, and the storage call it is waiting for when it is given up. */
const calls: readonly (readonly [string, Waiting, Verb])[] = [
  ["flush", (log, options) => log.flush(options), "write"],
  ["commit", (log, options) => log.commit(options), "write"],
  ["checkpoint", (log, options) => log.checkpoint(1, options), "write"],
  ["get", (log, options) => log.get(1, options), "read"],
  ["rotateKey", (log, options) => log.rotateKey(options), "truncate"],
  ["close", (log, options) => log.close(options), "write"],
];

async function logOn(storage: TestStorage, where: "here" | "remote"): Promise<Wal | RemoteWal> {
  const options = {
    storage,
    cipher: new FakeCipher([{ id: "a", secret: 7 }]),
    durability: { mode: "group-commit", maxDelayMs: 60_000, maxBatchRecords: 1000 },
  } as const;
  const log = where === "here" ? await Wal.open(options) : (await behindPort(options)).remote;
  await log.append(bytes("first"), { durability: "synchronous" });
  return log;
}

describe.each(["here", "remote"] as const)("the log is %s", (where) => {
  test.each(calls)("%s can be given up while the storage is busy", async (name, call, verb) => {
    const storage = new TestStorage();
    const log = await logOn(storage, where);
    const second = log.append(bytes("second"));
    const hold = storage.hold(verb);
    const giveUp = new AbortController();
    const waiting = walError(call(log, { signal: giveUp.signal }));
    await hold.reached;
    giveUp.abort(new Error("no more time"));
    const error = await waiting;
    expect([error.code, error.name, error.cause]).toEqual([
      "WAL_ABORTED",
      "AbortError",
      new Error("no more time"),
    ]);
    hold.release();
    // It went on: nothing is poisoned, nothing is lost, and closing again waits for the close.
    await log.close();
    expect(await second).toBe(2);
    const again = await Wal.open({ storage, cipher: new FakeCipher([{ id: "a", secret: 7 }]) });
    expect(await texts(again)).toEqual(["1:first", "2:second"]);
    expect(again.checkpointLsn).toBe(name === "checkpoint" ? 1 : 0);
    await again.close();
  });

  test.each(calls)("%s does not begin when its signal has fired", async (name, call) => {
    const storage = new TestStorage();
    const log = await logOn(storage, where);
    const second = log.append(bytes("second"));
    const before = storage.changes().length;
    const error = await walError(call(log, { signal: AbortSignal.abort() }));
    expect(error.code).toBe("WAL_ABORTED");
    // A log that was told to close is closing whether or not anybody waits for it, and `commit` has asked.
    const mayWrite = ["close", "commit"].includes(name);
    expect(mayWrite || storage.changes().length === before).toBe(true);
    await log.close();
    expect(await second).toBe(2);
  });
});

describe("backup", () => {
  test("stops between two blocks and leaves nothing behind", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), segmentBytes: 16 * 1024 });
    for (let i = 0; i < 20; i++) await wal.append(block(i, 1500));
    const target = new TestStorage();
    const giveUp = new AbortController();
    const hold = target.hold("write", ({ name }) => name.includes("2"));
    const copying = walError(wal.backup(target, { signal: giveUp.signal }));
    await hold.reached;
    giveUp.abort();
    hold.release();
    expect((await copying).code).toBe("WAL_ABORTED");
    expect(await target.list()).toEqual([]);
    await wal.backup(target);
    const copy = await Wal.open({ storage: target });
    expect(await records(copy)).toEqual(await records(wal));
    await copy.close();
    await wal.close();
  });

  test("does not begin when its signal has fired", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    await wal.append(bytes("a"));
    const target = new TestStorage();
    const error = await walError(wal.backup(target, { signal: AbortSignal.abort() }));
    expect(error.code).toBe("WAL_ABORTED");
    expect(target.changes()).toEqual([]);
    await wal.close();
  });
});
