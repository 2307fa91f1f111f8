/// <reference types="@vitest/browser-playwright" />
/** The storage in a real browser, with real workers that exclude each other, die, and run out of quota. */
import { afterEach, expect, test } from "vitest";
import { cdp } from "vitest/browser";
import { opfsStorage } from "../src/index.ts";
import { codeOf } from "./support/worker-scenarios.ts";
import { TestWorker } from "./support/worker-client.ts";

const workers: TestWorker[] = [];

function worker(): TestWorker {
  const made = new TestWorker();
  workers.push(made);
  return made;
}

afterEach(() => {
  for (const made of workers.splice(0)) made.terminate();
});

test("of two workers the second gets WAL_LOCKED, and the lock when the first lets go", async () => {
  const place = { log: "two-workers", lockTimeoutMs: 50 };
  const [first, second] = [worker(), worker()];
  expect(await first.run("hold", place)).toBeUndefined();
  expect(await second.run("visit", place)).toBe("WAL_LOCKED");
  await first.run("letGo", place);
  expect(await second.run("visit", place)).toBeUndefined();
});

test("a worker that waits gets the lock of one that is terminated", async () => {
  const first = worker();
  await first.run("hold", { log: "hand-over" });
  const waiting = worker().run("visit", { log: "hand-over", lockTimeoutMs: 30_000 });
  first.terminate();
  expect(await waiting).toBeUndefined();
});

test("what a terminated worker had synced is there for the next one", async () => {
  const first = worker();
  await first.run("begin", { log: "terminated" });
  first.terminate();
  const found = await worker().run("find", { log: "terminated" });
  expect(found).toEqual({ names: ["1.wal"], before: true, after: true });
});

test("slots are used again over many rotations, and every file keeps its own bytes", async () => {
  const { wrong, report } = await worker().run("rotate", { log: "rotations" });
  expect(wrong).toBe(0);
  expect(report.slots?.total).toBeLessThanOrEqual(6);
  expect(report.powerLossDurable).toBe(false);
  expect(report.concerns.join()).toContain("power cut");
  expect(report.quotaBytes).toBeGreaterThan(0);
}, 30_000);

test("a hundred short lives leave a handful of slots", async () => {
  const report = await worker().run("live", { log: "short-lives" });
  expect(report.slots).toMatchObject({ used: 1, held: 0 });
  expect(report.slots?.total).toBeLessThanOrEqual(6);
}, 30_000);

test("a flusher that blocks gets new slots, too", async () => {
  expect(await worker().run("block", { log: "blocking" })).toBe(100);
}, 30_000);

test("a full pool is WAL_NO_SPACE and harms nothing", async () => {
  const filled = await worker().run("fill", { log: "full-pool", maxSlots: 5 });
  expect(filled).toEqual({ files: 5, code: "QuotaExceededError", intact: true });
});

// Only Chromium lets a test set the quota from the page.
test.skipIf(navigator.userAgent.includes("Firefox"))(
  "a full quota is refused at the next slot and harms nothing",
  async () => {
    const session = cdp();
    const { usage = 0 } = await navigator.storage.estimate();
    const { origin } = location;
    // Chromium takes a mebibyte of the quota for every open file, however small.
    await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 12_000_000 });
    try {
      const filled = await worker().run("fill", { log: "full-quota" });
      expect(filled.code).toBe("QuotaExceededError");
      expect(filled.files).toBeGreaterThan(2);
      expect(filled.files).toBeLessThan(50);
      expect(filled.intact).toBe(true);
    } finally {
      await session.send("Storage.overrideQuotaForOrigin", { origin });
    }
  },
);

test("destroy removes a log, and not while it is open", async () => {
  const place = { log: "destroyed", lockTimeoutMs: 50 };
  const [first, second] = [worker(), worker()];
  await first.run("begin", place);
  expect(await second.run("destroy", place)).toBe("WAL_LOCKED");
  expect(await second.run("list", place)).toEqual(["1.wal"]);
  await first.run("letGo", place);
  expect(await second.run("destroy", place)).toBeUndefined();
  expect(await second.run("list", place)).toEqual([]);
  expect(await second.run("destroy", place)).toBeUndefined();
});

test("on a page there is no storage, and no silent one in memory either", async () => {
  const storage = opfsStorage("page");
  expect(await codeOf(() => storage.lock())).toBe("WAL_UNSUPPORTED");
  expect(await codeOf(() => storage.create("1.wal"))).toBe("WAL_UNSUPPORTED");
});
