/** How a producer ends: the log closes or fails, its stripe is given or taken back, its callers give up. */
import { describe, expect, test } from "vitest";
import { Wal, type WalOptions, attachProducer, memoryStorage } from "../src/index.ts";
import { block, bytes, texts, thrownWalError, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

function open(options: Partial<WalOptions> = {}): Promise<Wal> {
  return Wal.open({ storage: memoryStorage(), stripeBytes: 1024, ...options });
}

/** What an exiting worker looks like to the log. */
class FakeWorker {
  readonly listeners = new Set<() => void>();

  once(_event: "exit", listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: "exit", listener: () => void): void {
    this.listeners.delete(listener);
  }

  exit(): void {
    for (const listener of this.listeners) listener();
  }
}

describe("the end of the log", () => {
  test("close: what is published is written and answered, what comes later is refused", async () => {
    for (const durability of [{ mode: "synchronous" }, { mode: "async" }] as const) {
      const storage = memoryStorage();
      const wal = await open({ storage, durability });
      const producer = attachProducer(wal.producerHandle());
      const appended = Array.from({ length: 20 }, (_, i) => producer.append(bytes(`${i}`)));
      const closing = wal.close();
      const late = walError(producer.append(bytes("late")));
      expect(await Promise.all(appended)).toHaveLength(20);
      expect(await late).toMatchObject({ code: "WAL_CLOSED", details: { outcome: "not-written" } });
      await closing;
      expect((await walError(producer.append(bytes("later")))).code).toBe("WAL_CLOSED");
      await producer.detach();
      const again = await open({ storage });
      expect(await texts(again)).toHaveLength(20);
      await again.close();
    }
  });

  test("poison: who waits hears of the failure, who waits for room has written nothing", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage });
    const producer = attachProducer(wal.producerHandle());
    await producer.append(bytes("a"));
    storage.failNth("sync", 1);
    const held = storage.hold("write");
    const lost = walError(producer.append(block(1, 900)));
    await held.reached;
    const next = walError(producer.append(block(2, 900)));
    const blocked = walError(producer.append(block(3, 900)));
    const large = walError(producer.append(block(4, 9000)));
    held.release();
    expect(await lost).toMatchObject({ code: "WAL_STORAGE", details: { outcome: "unknown" } });
    expect((await next).code).toBe("WAL_STORAGE");
    expect(await blocked).toMatchObject({ details: { outcome: "not-written" } });
    expect(await large).toMatchObject({ details: { outcome: "not-written" } });
    expect((await walError(producer.append(bytes("x")))).code).toBe("WAL_POISONED");
    expect((await walError(producer.detach())).code).toBe("WAL_STORAGE");
    await wal.close();
  });

  test("poison in the middle of a large record: its caller hears of it", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage });
    const producer = attachProducer(wal.producerHandle());
    const held = storage.hold("create");
    storage.failNth("write", 1);
    const small = walError(producer.append(block(1, 600)));
    await held.reached;
    const large = walError(producer.append(block(2, 9000)));
    held.release();
    expect((await small).code).toBe("WAL_STORAGE");
    expect((await large).details.outcome).toBeDefined();
    await wal.close();
  });
});

describe("stripes come and go", () => {
  test("one more than there are is refused; a detached or lost one makes room", async () => {
    const wal = await open({ stripes: 2 });
    const worker = new FakeWorker();
    const one = attachProducer(wal.producerHandle());
    wal.producerHandle({ worker });
    const error = thrownWalError(() => wal.producerHandle());
    expect(error.code).toBe("WAL_BACKPRESSURE");
    expect(error.message).toContain("all 2 stripes are attached");
    await one.append(bytes("a"));
    await one.detach();
    await one.detach();
    expect((await walError(one.append(bytes("b")))).code).toBe("WAL_CLOSED");
    wal.producerHandle();
    worker.exit();
    expect(worker.listeners.size).toBe(0);
    wal.producerHandle();
    expect(wal.stats().stripes).toHaveLength(3);
    await wal.close();
  });

  test("a handle is attached once", async () => {
    const wal = await open();
    const handle = wal.producerHandle();
    const producer = attachProducer(handle);
    expect(thrownWalError(() => attachProducer(handle)).code).toBe("WAL_UNSUPPORTED");
    await producer.detach();
    expect(thrownWalError(() => attachProducer(handle)).code).toBe("WAL_CLOSED");
    await wal.close();
  });

  test("detach waits for appends that wait for room", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    const appended = Array.from({ length: 40 }, (_, i) => producer.append(block(i, 500)));
    await producer.detach();
    expect(await Promise.all(appended)).toHaveLength(40);
    await wal.commit();
    expect(wal.stats().stripes).toHaveLength(1);
    await wal.close();
  });

  test("a stripe taken back: what was published is in the log, who waits on learns that nobody knows", async () => {
    const wal = await open();
    const controller = new AbortController();
    const producer = attachProducer(wal.producerHandle({ signal: controller.signal }));
    producer.appendAsync(bytes("a"));
    controller.abort();
    await wal.commit();
    expect(await texts(wal)).toEqual(["1:a"]);
    expect((await walError(producer.append(bytes("b")))).code).toBe("WAL_CLOSED");
    expect(wal.stats().stripes).toHaveLength(1);
    await wal.close();
  });
});

describe("signals", () => {
  /** Counts who listens. */
  class Signal {
    aborted = false;
    readonly reason: unknown = "enough";
    readonly listeners = new Set<() => void>();

    addEventListener(_type: "abort", listener: () => void): void {
      this.listeners.add(listener);
    }

    removeEventListener(_type: "abort", listener: () => void): void {
      this.listeners.delete(listener);
    }

    abort(): void {
      this.aborted = true;
      for (const listener of this.listeners) listener();
    }
  }

  test("nobody listens any more when the call is over, whichever way it went", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    const signal = new Signal();
    await Promise.all(
      [600, 600, 600, 4000].map((size) => producer.append(block(1, size), { signal })),
    );
    await producer.durable(1, { signal });
    await producer.ready({ signal });
    expect(signal.listeners.size).toBe(0);
    await wal.close();
  });

  test("an abort stops the wait: for room nothing was appended, else the record follows", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage });
    const producer = attachProducer(wal.producerHandle());
    const held = storage.hold("create");
    const signal = new Signal();
    const first = walError(producer.append(block(1, 900), { signal }));
    await held.reached;
    const second = producer.append(block(2, 900));
    const third = walError(producer.append(block(3, 900), { signal }));
    const fourth = producer.append(block(4, 900));
    signal.abort();
    expect((await first).message).toContain("may still become durable");
    expect((await third).message).toContain("nothing was appended");
    held.release();
    expect(await Promise.all([second, fourth])).toEqual([2, 3]);
    expect((await walError(producer.append(bytes("x"), { signal }))).code).toBe("WAL_ABORTED");
    await wal.close();
  });
});
