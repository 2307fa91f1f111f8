/** A full stripe: who waits, in what order, until when, and how one hears of room. */
import { describe, expect, test } from "vitest";
import { Wal, type WalEvent } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { block, bytes, quiet, texts, thrownWalError, walError } from "./support/records.ts";
import { type Hold, TestStorage } from "./support/test-storage.ts";

interface Stuck {
  readonly wal: Wal;
  readonly clock: FakeClock;
  readonly sync: Hold;
  readonly events: WalEvent[];
  readonly filled: Promise<number>;
}

/** A log whose disk hangs in a sync and whose stripe is full. */
async function stuckLog(): Promise<Stuck> {
  const storage = new TestStorage();
  const clock = new FakeClock();
  const events: WalEvent[] = [];
  const wal = await Wal.open({
    storage,
    clock,
    stripeBytes: 1024,
    maxAppendBlockMs: 100,
    onEvent: (event) => events.push(event),
  });
  await wal.append(bytes("born"));
  const sync = storage.hold("sync");
  void wal.append(bytes("in flight"));
  await sync.reached;
  const filled = wal.append(new Uint8Array(1000));
  return { wal, clock, sync, events, filled };
}

describe("append on a full stripe", () => {
  test("waits for room and is then appended, in the order of the calls", async () => {
    const { wal, sync, events, filled } = await stuckLog();
    const order: number[] = [];
    const waiting = Array.from({ length: 5 }, (_, i) =>
      wal.append(bytes(`${i}`.repeat(300))).then((lsn) => order.push(lsn)),
    );
    expect(wal.stats()).toMatchObject({ waitingForRoom: 5, pending: 1 });
    expect(wal.stats().stripes[0]).toMatchObject({ waits: 5, capacityBytes: 1024 });
    expect(events.filter(({ type }) => type === "backpressure").length).toBe(5);
    sync.release();
    await filled;
    await Promise.all(waiting);
    expect(order).toEqual([4, 5, 6, 7, 8]);
    // Three fit at a time: whoever finds room joins the same group.
    expect(wal.stats().flushes).toBe(5);
    expect((await texts(wal)).slice(3).map((line) => line.slice(0, 3))).toEqual([
      "4:0",
      "5:1",
      "6:2",
      "7:3",
      "8:4",
    ]);
    await wal.close();
  });

  test("a small record does not overtake a large one that waits", async () => {
    const { wal, sync } = await stuckLog();
    const large = wal.append(new Uint8Array(900));
    const small = wal.append(bytes("s"));
    sync.release();
    expect([await large, await small]).toEqual([4, 5]);
    await wal.close();
  });

  test("gives up at the deadline: WAL_BACKPRESSURE says what is full", async () => {
    const { wal, clock, sync, filled } = await stuckLog();
    const first = walError(wal.append(new Uint8Array(100)));
    clock.advance(60);
    const second = walError(wal.append(new Uint8Array(100)));
    clock.advance(40);
    const error = await first;
    expect(error).toMatchObject({ code: "WAL_BACKPRESSURE", details: { outcome: "not-written" } });
    expect(error.message).toMatch(/1 records \(1004 of 1024 bytes\)/);
    expect(wal.stats().waitingForRoom).toBe(1);
    clock.advance(60);
    expect((await second).code).toBe("WAL_BACKPRESSURE");
    sync.release();
    expect(await filled).toBe(3);
    expect(await wal.append(bytes("4"))).toBe(4);
    await wal.close();
  });

  test("a deadline of 0 refuses as soon as the clock moves on", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock, stripeBytes: 1024, maxAppendBlockMs: 0 });
    await wal.append(bytes("1"));
    const sync = storage.hold("sync");
    const filled = [wal.append(new Uint8Array(10))];
    await sync.reached;
    filled.push(wal.append(new Uint8Array(1000)));
    const refused = walError(wal.append(new Uint8Array(100)));
    clock.advance(0);
    expect((await refused).code).toBe("WAL_BACKPRESSURE");
    sync.release();
    await Promise.all(filled);
    await wal.close();
  });

  test("an abort withdraws a record that waits for room; those behind it go on", async () => {
    const { wal, sync, filled } = await stuckLog();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = walError(wal.append(new Uint8Array(900), { signal }));
    const batch = walError(wal.appendBatch([new Uint8Array(900)], { signal }));
    const behind = wal.append(bytes("behind"));
    controller.abort(new Error("enough"));
    expect(await aborted).toMatchObject({
      code: "WAL_ABORTED",
      name: "AbortError",
      details: { outcome: "not-written" },
      cause: { message: "enough" },
    });
    expect((await batch).code).toBe("WAL_ABORTED");
    sync.release();
    await filled;
    expect(await behind).toBe(4);
    await wal.close();
  });
});

describe("appendAsync on a full stripe", () => {
  test("throws WAL_BACKPRESSURE at once and counts it", async () => {
    const { wal, sync, events } = await stuckLog();
    const error = thrownWalError(() => wal.appendAsync(new Uint8Array(100)));
    expect(error).toMatchObject({ code: "WAL_BACKPRESSURE", details: { outcome: "not-written" } });
    expect(wal.stats().stripes[0]).toMatchObject({ waits: 1 });
    expect(events.at(-1)).toMatchObject({ type: "backpressure", pendingBytes: 1004 });
    expect(wal.nextLsn).toBe(4);
    sync.release();
    await wal.close();
  });

  test("ready() resolves when there is room again, and at once when there is", async () => {
    const { wal, sync } = await stuckLog();
    const answers: string[] = [];
    const ready = wal.ready().then(() => answers.push("ready"));
    await quiet();
    expect(answers).toEqual([]);
    sync.release();
    await ready;
    expect(wal.appendAsync(new Uint8Array(500))).toBe(4);
    await wal.commit();
    await wal.ready();
    await wal.close();
  });

  test("ready() can be aborted and has the deadline of append", async () => {
    const { wal, clock, sync } = await stuckLog();
    const controller = new AbortController();
    const aborted = walError(wal.ready({ signal: controller.signal }));
    const expired = walError(wal.ready());
    controller.abort();
    expect((await aborted).code).toBe("WAL_ABORTED");
    clock.advance(100);
    expect((await expired).code).toBe("WAL_BACKPRESSURE");
    sync.release();
    await wal.close();
  });

  test.each([600, 1020, 1021, 5000])(
    "try, wait until ready, try again: ends for records of %i bytes",
    async (size) => {
      const storage = new TestStorage();
      // Like a real disk: its answers take a turn of the event loop.
      const wal = await Wal.open({ storage: slow(storage), stripeBytes: 1024 });
      let tries = 0;
      for (let i = 0; i < 20; i++) {
        for (;;) {
          if (++tries > 200) throw new Error("ready() resolved and there was no room");
          try {
            wal.appendAsync(block(i, size));
            break;
          } catch {
            // WAL_BACKPRESSURE: the only reason here.
            await wal.ready();
          }
        }
      }
      await wal.commit();
      expect(wal.durableLsn).toBe(20);
      await wal.close();
    },
  );
});

function slow(storage: TestStorage): TestStorage {
  const step = storage.step.bind(storage);
  storage.step = async (call) => {
    await quiet();
    await step(call);
  };
  return storage;
}

// They were checked when they came, when all of them would have fitted one by one.
test("maxTotalBytes refuses appends that waited for room in the stripe, when there is no more space", async () => {
  const options = {
    stripeBytes: 16 * 1024,
    segmentBytes: 32 * 1024,
    keepSegments: 0,
    maxTotalBytes: 128 * 1024,
  };
  const wal = await Wal.open({ storage: new TestStorage(), ...options });
  const appended = await Promise.allSettled([
    ...Array.from({ length: 200 }, (_, i) => wal.append(block(i, 4000))),
    ...Array.from({ length: 100 }, (_, i) => wal.appendBatch([block(i, 4000)])),
  ]);
  const refused = appended.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(200);
  for (const one of refused) {
    expect(one).toMatchObject({
      reason: { code: "WAL_NO_SPACE", details: { outcome: "not-written" } },
    });
  }
  // Headers of segments and padding of frames come on top of what was foreseen; it was thirteen times as much.
  expect(wal.stats().totalBytes).toBeLessThan(160 * 1024);
  await wal.close();
});
