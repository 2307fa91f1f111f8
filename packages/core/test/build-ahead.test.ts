/**
 * While a group is being written the next one is built: whatever comes between, nothing is left behind,
 * nothing follows a failed write, and nobody waits for groups without end.
 */
import { describe, expect, test } from "vitest";
import { type WalOptions, Wal, memoryStorage } from "../src/index.ts";
import type { CipherHeader, SegmentCipher, SegmentContext } from "../src/cipher.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeCipher } from "./support/fake-cipher.ts";
import { block, quiet, records, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const MIB = 1024 * 1024;
const options = { frameBytes: 512, segmentBytes: 64 * 1024 } satisfies Partial<WalOptions>;

/** A log whose first group is being written while two frames' worth arrive behind it. */
async function ahead(more: Partial<WalOptions> = {}): Promise<{
  storage: TestStorage;
  wal: Wal;
  first: Promise<number>;
  next: Promise<number>[];
  release: () => void;
}> {
  const storage = new TestStorage();
  const wal = await Wal.open({ storage, ...options, ...more });
  await wal.append(block(1, 10), { durability: "synchronous" });
  const { reached, release } = storage.hold("write");
  const first = wal.append(block(2, 10), { durability: "synchronous" });
  await reached;
  const next = [wal.append(block(3, 600)), wal.append(block(4, 600))];
  return { storage, wal, first, next, release };
}

describe("a group that is built while the one before is written", () => {
  test("has left the stripe", async () => {
    const { wal, first, next, release } = await ahead();
    expect(wal.stats().stripes[0]).toMatchObject({ pendingRecords: 0 });
    release();
    expect(await Promise.all([first, ...next])).toEqual([2, 3, 4]);
    await wal.close();
  });

  test("is given to the storage before anybody is told of the one before", async () => {
    const { storage, wal, first, next, release } = await ahead();
    const writes = storage.count("write");
    const atTold = first.then(() => storage.count("write"));
    release();
    expect(await atTold).toBe(writes + 1);
    await Promise.all(next);
    await wal.close();
  });

  test("is not written when the one before fails, and its callers are told so", async () => {
    const { storage, wal, first, next, release } = await ahead();
    storage.failNth("sync", 1);
    release();
    const from = storage.calls.length;
    expect((await walError(first)).details.outcome).toBe("unknown");
    for (const append of next) {
      expect((await walError(append)).details.outcome).toBe("not-written");
    }
    await quiet();
    expect(storage.changes(from).filter(({ verb }) => verb === "write")).toEqual([]);
    await wal.close();
    const again = await Wal.open({ storage });
    expect(again.durableLsn).toBeLessThanOrEqual(2);
    await again.close();
  });

  test("lets thousands in who wait for room, one after the other and each once", async () => {
    const storage = new TestStorage();
    storage.pace = () => quiet();
    const wal = await Wal.open({ storage, frameBytes: 512 });
    const appends = Array.from({ length: 12_000 }, (_, n) =>
      wal.append(new Uint8Array(500).fill(n)),
    );
    const lsns = await Promise.all(appends);
    expect(lsns).toEqual(lsns.map((_, n) => n + 1));
    expect((await records(wal)).map(({ payload }) => payload[0])).toEqual(
      lsns.map((_, n) => n & 0xff),
    );
    await wal.close();
  });

  test("counts as pending until it is written, and a flush that writes it says so", async () => {
    const { wal, first, next, release } = await ahead();
    expect(wal.stats().pending).toBe(2);
    const flushed = wal.flush();
    release();
    expect((await flushed).records).toBe(2);
    await Promise.all([first, ...next]);
    expect(wal.stats().pending).toBe(0);
    await wal.close();
  });

  test("a cipher that fails over it fails the log, not the append that happened to come", async () => {
    const storage = new TestStorage();
    const cipher = new FailingCipher([{ id: "a", secret: 1 }]);
    const wal = await Wal.open({ storage, ...options, cipher });
    const { reached, release } = storage.hold("write");
    const first = wal.append(block(1, 10));
    await reached;
    cipher.fails = true;
    const lsn = wal.appendAsync(block(2, 600));
    release();
    expect((await walError(first)).code).toBe("WAL_STORAGE");
    expect((await walError(wal.durable(lsn))).details.outcome).toBe("not-written");
    await wal.close();
  });
});

const calls: Readonly<Record<string, (wal: Wal) => Promise<unknown>>> = {
  checkpoint: (wal) => wal.checkpoint(1),
  flush: (wal) => wal.flush(),
  commit: (wal) => wal.commit(),
  backup: (wal) => wal.backup(memoryStorage()),
  close: (wal) => wal.close(),
};

describe("a call that comes between", () => {
  test.each(Object.entries(calls))("%s leaves no record behind", async (_name, call) => {
    const { storage, wal, first, next, release } = await ahead();
    const called = call(wal);
    await quiet();
    release();
    await called;
    expect(await Promise.all([first, ...next])).toEqual([2, 3, 4]);
    await wal.close();
    const again = await Wal.open({ storage });
    expect((await records(again)).at(-1)).toMatchObject({ lsn: 4, payload: block(4, 600) });
    await again.close();
  });

  test("which writes nothing itself leaves no group behind", async () => {
    const storage = new TestStorage();
    // No timer helps.
    const clock = new FakeClock();
    const wal = await Wal.open({
      storage,
      segmentBytes: 8 * MIB,
      stripeBytes: 16 * MIB,
      keepSegments: 0,
      clock,
    });
    // Two segments, and room for 3 MiB in the second.
    for (const n of [1, 2]) await wal.append(new Uint8Array(5 * MIB).fill(n));
    const removing = storage.hold("remove");
    const checkpoint = wal.checkpoint(1);
    await removing.reached;
    const writing = storage.hold("write");
    // More than one write takes: the rest is built at once, and nobody comes later.
    const appends = [3, 4, 5, 6, 7, 8].map((n) => wal.append(new Uint8Array(500_000).fill(n)));
    await writing.reached;
    // It syncs the directory when the write is over.
    removing.release();
    for (let turn = 0; turn < 20; turn++) await quiet();
    writing.release();
    expect(await Promise.all(appends)).toEqual([3, 4, 5, 6, 7, 8]);
    await checkpoint;
    await wal.close();
  });

  test("a mark vouches for what was durable before, not for the group it is written with", async () => {
    const clock = new FakeClock();
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, ...options, clock });
    await wal.append(block(1, 10));
    const { reached, release } = storage.hold("write");
    const first = wal.append(block(2, 10));
    await reached;
    const marked = wal.checkpoint(1);
    const next = wal.append(block(3, 600));
    release();
    await Promise.all([first, next, marked]);
    await quiet();
    const writes = storage.count("write");
    clock.advance(50);
    await quiet();
    expect(storage.count("write")).toBe(writes + 1);
    await wal.close();
  });

  test("is not kept waiting by groups without end", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, ...options });
    await wal.append(block(1, 10));
    let writes = 0;
    storage.pace = async ({ verb }) => {
      // While each group is written two more records come.
      if (verb === "write" && ++writes < 200) {
        for (const n of [1, 2]) void wal.append(block(n, 600));
      }
      await quiet();
    };
    const last = wal.append(block(2, 600));
    await last;
    await wal.checkpoint(1);
    expect(writes).toBeLessThan(50);
    storage.pace = undefined;
    await wal.close();
  });

  test("flush in mode async has written the group that was built", async () => {
    const durability = { mode: "async", flushIntervalMs: 10_000 } as const;
    const { storage, wal, first, release } = await ahead({ durability });
    const writes = storage.count("write");
    const flushed = wal.flush().then(() => storage.count("write"));
    release();
    expect(await flushed).toBe(writes + 1);
    await first;
    await wal.close();
  });

  test("a write without a sync is nothing to build on: nobody could vouch for it", async () => {
    const storage = new TestStorage();
    const durability = { mode: "async", flushIntervalMs: 10_000 } as const;
    const wal = await Wal.open({ storage, ...options, durability });
    await wal.append(block(1, 10));
    const { reached, release } = storage.hold("write", ({ at = 0 }) => at >= 4096);
    const flushed = wal.flush();
    await reached;
    for (const n of [2, 3]) await wal.append(block(n, 600));
    expect(wal.stats().stripes[0]).toMatchObject({ pendingRecords: 2 });
    release();
    await flushed;
    await wal.close();
  });
});

/** Seals until it is told to fail. */
class FailingCipher extends FakeCipher {
  fails = false;

  override createSegment(context: SegmentContext): { header: CipherHeader; cipher: SegmentCipher } {
    const { header, cipher } = super.createSegment(context);
    const seal: SegmentCipher["seal"] = (...frame) => {
      if (this.fails) throw new Error("the sealer is gone");
      cipher.seal(...frame);
    };
    const { tagBytes } = cipher;
    const open: SegmentCipher["open"] = (...frame) => cipher.open(...frame);
    return { header, cipher: { tagBytes, seal, open, destroy: () => cipher.destroy() } };
  }
}
