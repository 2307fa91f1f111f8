/** What may go and what must stay: checkpoints, kept segments, ring logs, open readers, undone deletions. */
import { describe, expect, test } from "vitest";
import { Wal, type WalEvent, type WalOptions, memoryStorage } from "../src/index.ts";
import { filesOf, storageOf } from "./golden/deterministic.ts";
import { block, bytes, quiet, records, texts, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const small: Partial<WalOptions> = { segmentBytes: 16 * 1024, keepSegments: 0 };

/** Appends `count` records of which three fill a segment; payloads depend on the LSN. */
async function fill(wal: Wal, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await wal.append(block(wal.nextLsn, 1500));
}

function lsns(found: { lsn: number }[]): number[] {
  return found.map(({ lsn }) => lsn);
}

describe("checkpoint", () => {
  test("removes whole segments at or below it, after a synced mark says so", async () => {
    const storage = new TestStorage();
    const events: WalEvent[] = [];
    const wal = await Wal.open({ storage, ...small, onEvent: (event) => events.push(event) });
    await fill(wal, 20);
    const { segments } = wal.stats();
    const from = storage.calls.length;
    await wal.checkpoint(10);
    expect(wal.checkpointLsn).toBe(10);
    expect(wal.stats().segments).toBeLessThan(segments);
    const changes = storage.changes(from).map(({ verb }) => verb);
    expect(changes.slice(0, 3)).toEqual(["write", "sync", "remove"]);
    expect(changes.at(-1)).toBe("syncDirectory");
    expect(changes.indexOf("remove")).toBeGreaterThan(changes.indexOf("sync"));
    expect(wal.firstLsn).toBeGreaterThan(1);
    expect(wal.firstLsn).toBeLessThanOrEqual(11);
    expect(lsns(await records(wal)).at(0)).toBe(wal.firstLsn);
    const retained = events.find(({ type }) => type === "retention");
    expect(retained).toMatchObject({ lowLsn: wal.firstLsn - 1 });
    await wal.close();
    const again = await Wal.open({ storage, ...small });
    expect([again.firstLsn, again.checkpointLsn]).toEqual([wal.firstLsn, 10]);
    expect(lsns(await records(again)).at(-1)).toBe(20);
    await again.close();
  });

  test("above the durable LSN: RangeError, nothing happens", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, durability: { mode: "async" } });
    await wal.append(bytes("1"));
    await wal.commit();
    await wal.append(bytes("2"));
    await expect(wal.checkpoint(2)).rejects.toThrow(/lsn .* 0 to 1, not 2/);
    await expect(wal.checkpoint(-1)).rejects.toThrow(RangeError);
    expect(wal.checkpointLsn).toBe(0);
    await wal.close();
  });

  test("of everything: close, reopen, LSNs go on", async () => {
    const storage = memoryStorage();
    for (let life = 0; life < 5; life++) {
      const wal = await Wal.open({ storage, ...small });
      expect(wal.nextLsn).toBe(life * 10 + 1);
      await fill(wal, 10);
      await wal.checkpoint(wal.durableLsn);
      await wal.close();
    }
    const wal = await Wal.open({ storage, ...small });
    expect([wal.nextLsn, wal.checkpointLsn]).toEqual([51, 50]);
    await wal.checkpoint(50);
    expect(await wal.append(bytes("on"))).toBe(51);
    await wal.close();
    expect((await storage.list()).length).toBeLessThanOrEqual(2);
  });

  test("as the first act of a life that repeats a small segment: the records stay", async () => {
    const storage = memoryStorage();
    const first = await Wal.open({ storage });
    for (let n = 1; n <= 3; n++) await first.append(bytes(`${n}`));
    await first.close();
    const second = await Wal.open({ storage });
    await second.checkpoint(1);
    expect(await texts(second)).toEqual(["1:1", "2:2", "3:3"]);
    // Killed here: nothing but what is on disk.
    const third = await Wal.open({ storage: await storageOf(await filesOf(storage)) });
    expect(third.checkpointLsn).toBe(1);
    expect((await texts(third)).slice(-2)).toEqual(["2:2", "3:3"]);
    expect(third.recovery.carried).toBe(0);
    await third.close();
    await second.close();
  });

  test("calls that overtake each other never move a watermark back", async () => {
    // The later call was computed from the marks before the earlier one: written as it was, it took
    // back what had been retired, and the next open missed the removed segments.
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    await fill(wal, 20);
    await Promise.all([wal.checkpoint(18), wal.checkpoint(5), wal.checkpoint(11)]);
    expect(wal.checkpointLsn).toBe(18);
    const { firstLsn } = wal;
    expect(lsns(await records(wal)).at(0)).toBe(firstLsn);
    await fill(wal, 8);
    await wal.close();
    const again = await Wal.open({ storage, ...small });
    expect([again.checkpointLsn, again.firstLsn]).toEqual([18, firstLsn]);
    expect(lsns(await records(again)).at(-1)).toBe(28);
    await again.close();
  });

  test("keepSegments is a minimum to keep", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small, keepSegments: 4 });
    await fill(wal, 30);
    await wal.checkpoint(30);
    expect(wal.stats().segments).toBe(4);
    expect((await storage.list()).length).toBe(4);
    await wal.close();
  });
});

describe("deletions", () => {
  test("that a crash undid: dead files are reported, not believed, and removed again", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    await fill(wal, 20);
    const before = await filesOf(storage);
    await wal.checkpoint(20);
    await fill(wal, 4);
    const after = await filesOf(storage);
    await wal.close();
    const names = [...before.keys()].filter((name) => !after.has(name));
    expect(names.length).toBeGreaterThan(3);
    // Every subset that keeps an order, and a few that keep none.
    for (const kept of [names, names.slice(1), names.slice(0, 2), [names[1]!], [names.at(-1)!]]) {
      const undone = new Map([...kept.map((name) => [name, before.get(name)!] as const), ...after]);
      const disk = await storageOf(undone);
      const again = await Wal.open({ storage: disk, ...small });
      const dead = again.recovery.notes.filter(({ kind }) => kind === "dead");
      expect(dead.map(({ segment }) => segment)).toEqual(expect.arrayContaining(kept));
      expect(lsns(await records(again)).at(-1)).toBe(24);
      expect(lsns(await records(again)).at(0)).toBe(again.firstLsn);
      expect(again.firstLsn).toBe(wal.firstLsn);
      await again.append(bytes("sweep"));
      await again.close();
      const left = await disk.list();
      expect(left.filter((name) => kept.includes(name))).toEqual([]);
    }
  });

  test("of a missing oldest segment that is still wanted: refused by name", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    await fill(wal, 12);
    await wal.close();
    const [oldest] = (await storage.list()).toSorted();
    await storage.remove(oldest!);
    expect(await walError(Wal.open({ storage }))).toMatchObject({
      code: "WAL_CORRUPT",
      details: { segment: oldest },
    });
  });
});

describe("open readers", () => {
  test("what somebody is reading stays until he is done", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    await fill(wal, 20);
    const reading = wal.read();
    const seen = [(await reading.next()).value!.lsn];
    await wal.checkpoint(20);
    await quiet();
    for await (const { lsn, payload } of reading) {
      expect(payload).toEqual(block(lsn, 1500));
      seen.push(lsn);
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    await wal.append(bytes("more"));
    await wal.checkpoint(wal.durableLsn);
    expect((await storage.list()).length).toBeLessThanOrEqual(2);
    expect((await walError(records(wal, { from: 1 }))).code).toBe("WAL_GAP");
    await wal.close();
  });

  test("reading what was retired: WAL_GAP says where to resume", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), ...small });
    await fill(wal, 20);
    await wal.checkpoint(12);
    const { firstLsn } = wal;
    const error = await walError(records(wal, { from: 1 }));
    expect(error).toMatchObject({ code: "WAL_GAP", details: { lsn: 1, resumeLsn: firstLsn } });
    expect(lsns(await records(wal, { from: firstLsn })).at(-1)).toBe(20);
    expect(await wal.get(1)).toBeUndefined();
    expect(lsns(await records(wal, { last: 1000 })).at(0)).toBe(firstLsn);
    await wal.close();
  });
});

describe("a ring log", () => {
  const ring: Partial<WalOptions> = {
    segmentBytes: 16 * 1024,
    keepSegments: 3,
    retention: { mode: "count" },
  };

  test("forgets by count alone, while it runs", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...ring });
    await fill(wal, 60);
    await quiet();
    expect(wal.stats().segments).toBe(3);
    expect((await storage.list()).length).toBeLessThanOrEqual(4);
    const found = lsns(await records(wal));
    expect(found).toEqual(Array.from({ length: found.length }, (_, i) => wal.firstLsn + i));
    expect(found.at(-1)).toBe(60);
    expect((await walError(records(wal, { from: 1 }))).code).toBe("WAL_GAP");
    await wal.close();
    const again = await Wal.open({ storage, ...ring });
    expect(lsns(await records(again))).toEqual(found);
    await again.close();
  });

  test("keeps as many segments when a new life repeats a small one", async () => {
    const storage = memoryStorage();
    const one: Partial<WalOptions> = { keepSegments: 1, retention: { mode: "count" } };
    for (let life = 1; life <= 4; life++) {
      const wal = await Wal.open({ storage, ...one });
      await wal.append(bytes(`${life}`));
      await wal.close();
    }
    const wal = await Wal.open({ storage, ...one });
    expect(await texts(wal)).toEqual(["1:1", "2:2", "3:3", "4:4"]);
    await wal.close();
  });
});

describe("maxTotalBytes", () => {
  test("refuses appends before the log outgrows it; a checkpoint makes room", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small, maxTotalBytes: 64 * 1024 });
    let last = 0;
    while (wal.stats().totalBytes < 60 * 1024) last = await wal.append(block(last, 1500));
    const large = new Uint8Array(5000);
    expect(await walError(wal.append(large))).toMatchObject({
      code: "WAL_NO_SPACE",
      details: { outcome: "not-written" },
    });
    expect((await walError(wal.appendBatch([large]))).code).toBe("WAL_NO_SPACE");
    expect(wal.nextLsn).toBe(last + 1);
    const sizes = [...(await filesOf(storage)).values()].map((file) => file.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(64 * 1024);
    expect(wal.health.ok).toBe(true);
    await wal.checkpoint(wal.durableLsn);
    expect(await wal.append(large)).toBe(last + 1);
    await wal.close();
  });
});

test(
  "1,000 lives of one record each: a handful of files, all records, no more work at the end",
  { timeout: 60_000 },
  async () => {
    const storage = new TestStorage();
    const calls: number[] = [];
    for (let life = 1; life <= 1000; life++) {
      const from = storage.calls.length;
      const wal = await Wal.open({ storage, stripeBytes: 1024 });
      expect(wal.recovery).toMatchObject({ records: life - 1, tail: "clean", carried: 0 });
      expect(await wal.append(bytes(`life ${life}`))).toBe(life);
      await wal.close();
      calls.push(storage.calls.length - from);
      storage.calls.length = Math.min(storage.calls.length, from);
    }
    expect((await storage.list()).length).toBeLessThanOrEqual(8);
    expect(Math.max(...calls.slice(-100))).toBeLessThanOrEqual(
      Math.max(...calls.slice(0, 100)) + 20,
    );
    const wal = await Wal.open({ storage });
    expect(await texts(wal)).toEqual(
      Array.from({ length: 1000 }, (_, i) => `${i + 1}:life ${i + 1}`),
    );
    await wal.close();
  },
);
