/** The table of docs/durability.md: every cell is a test here, on the simulated disk of the testkit. */
import { describe, expect, test } from "vitest";
import { Wal, isWalError } from "@stria/core";
import {
  WatchedLog,
  bufferingModes,
  lossesIn,
  lossesOf,
  lossesOfSecondCrash,
  lossesOfShown,
  modes,
  waitingModes,
} from "./durability-run.ts";

const crashes = ["kill", "power cut"] as const;
const allModes = [...waitingModes, ...bufferingModes] as const;
const syncs = ["sync", "writeAndSync"] as const;
const patience = { timeout: 60_000 };

/** The error a promise rejects with, as code and outcome. */
async function refusal(log: WatchedLog, call: Promise<unknown>): Promise<unknown> {
  try {
    return await log.until(call);
  } catch (error) {
    if (!isWalError(error)) throw error;
    const { outcome } = error.details;
    return outcome === undefined ? error.code : `${error.code}, ${outcome}`;
  }
}

describe.each(waitingModes)("in mode %s", (mode) => {
  test.each(crashes)("a %s costs no record whose append resolved", patience, async (crash) => {
    const log = new WatchedLog();
    await log.open(modes[mode]);
    await log.work(8, "append");
    expect(log.moments.length).toBeGreaterThan(24);
    expect(await lossesOf(log, crash)).toEqual([]);
  });

  test("a full disk refuses the record and costs none before it", async () => {
    const log = new WatchedLog({ capacityBytes: 11_000 });
    await log.open(modes[mode]);
    log.promised(await log.until(log.append()));
    log.promised(await log.until(log.append()));
    const full: unknown[] = [];
    for (let i = 0; i < 9 && full.length === 0; i++) {
      const answer = await refusal(log, log.append());
      if (typeof answer === "number") log.promised(answer);
      else full.push(answer);
    }
    expect(full).toEqual(["WAL_NO_SPACE, unknown"]);
    expect(await refusal(log, log.wal.append(new Uint8Array(1)))).toBe("WAL_POISONED, not-written");
    const after = log.storage.kill();
    after.capacityBytes = Infinity;
    expect(await after.clock.until(lossesIn(after, log))).toEqual([]);
  });

  test.each(crashes)(
    "after a failed sync nothing is acknowledged, and a %s costs nothing acknowledged before",
    async (crash) => {
      const log = new WatchedLog();
      await log.open(modes[mode]);
      await log.work(2, "append");
      log.storage.faults.add({ on: syncs, fault: { kind: "error", done: "nothing" } });
      expect(await refusal(log, log.append())).toBe("WAL_STORAGE, unknown");
      expect(await refusal(log, log.wal.append(new Uint8Array(1)))).toBe(
        "WAL_POISONED, not-written",
      );
      expect(log.wal.health.ok).toBe(false);
      const written = log.storage.names;
      await log.until(log.wal.close());
      expect(log.storage.names).toEqual(written);
      const after = crash === "kill" ? log.storage.kill() : log.storage.powerCut();
      expect(await after.clock.until(lossesIn(after, log))).toEqual([]);
    },
  );
});

describe.each(bufferingModes)("in mode %s", (mode) => {
  test.each(crashes)(
    "a %s costs at most a suffix, and no record whose durable() resolved",
    patience,
    async (crash) => {
      const log = new WatchedLog();
      await log.open(modes[mode]);
      await log.work(4, "durable");
      for (let i = 0; i < 10; i++) await log.until(log.append());
      expect(await lossesOf(log, crash)).toEqual([]);
    },
  );

  test("append resolves before the record is durable, and the background makes it so", async () => {
    const log = new WatchedLog();
    await log.open(modes[mode]);
    const lsn = await log.until(log.append());
    expect(log.wal.durableLsn).toBe(0);
    await log.storage.clock.advance(50);
    expect(log.wal.durableLsn).toBe(lsn);
  });

  test.each(crashes)(
    "a sync that fails in the background rejects durable() and the next append, a %s costs nothing durable",
    async (crash) => {
      const log = new WatchedLog();
      await log.open(modes[mode]);
      await log.work(2, "durable");
      log.storage.faults.add({ on: syncs, fault: { kind: "error", done: "nothing" } });
      const lsn = await log.until(log.append());
      expect(await refusal(log, log.wal.durable(lsn))).toBe("WAL_STORAGE, unknown");
      expect(await refusal(log, log.wal.append(new Uint8Array(1)))).toBe(
        "WAL_POISONED, not-written",
      );
      const after = crash === "kill" ? log.storage.kill() : log.storage.powerCut();
      expect(await after.clock.until(lossesIn(after, log))).toEqual([]);
    },
  );

  test("a full disk rejects durable() and costs nothing durable", async () => {
    const log = new WatchedLog({ capacityBytes: 9_500 });
    await log.open(modes[mode]);
    await log.work(1, "durable");
    await log.until(Promise.all(Array.from({ length: 12 }, () => log.append())));
    expect(await refusal(log, log.wal.durable(log.appendedLsn))).toBe("WAL_NO_SPACE, unknown");
    const after = log.storage.kill();
    after.capacityBytes = Infinity;
    expect(await after.clock.until(lossesIn(after, log))).toEqual([]);
  });
});

describe.each(allModes)("in every mode, here %s", (mode) => {
  test.each(crashes)("a %s costs nothing that commit() covered", patience, async (crash) => {
    const log = new WatchedLog();
    await log.open(modes[mode]);
    await log.work(4, "commit");
    expect(await lossesOf(log, crash)).toEqual([]);
  });

  test.each(crashes)("a %s after close() costs nothing", async (crash) => {
    const log = new WatchedLog();
    await log.open(modes[mode]);
    const calls = Array.from({ length: 10 }, () => log.append());
    await log.until(log.wal.close());
    await Promise.all(calls);
    log.promised(log.appendedLsn);
    const after = crash === "kill" ? log.storage.kill() : log.storage.powerCut();
    expect(await after.clock.until(lossesIn(after, log))).toEqual([]);
  });

  test("maxTotalBytes refuses before anything is written, and the log goes on", async () => {
    const log = new WatchedLog();
    const { storage } = log;
    const wal = await log.until(
      Wal.open({
        storage,
        clock: storage.clock,
        durability: modes[mode],
        maxTotalBytes: 64 * 1024,
      }),
    );
    const large = new Uint8Array(60_000);
    expect(await refusal(log, wal.append(large))).toBe("WAL_NO_SPACE, not-written");
    expect(await log.until(wal.append(new Uint8Array(1)))).toBe(1);
    expect(wal.health.ok).toBe(true);
    await log.until(wal.close());
  });
});

test.each(crashes)("a %s during recovery costs nothing either", patience, async (crash) => {
  const log = new WatchedLog();
  await log.open(modes["group-commit"]);
  await log.work(5, "append");
  const losses: string[] = [];
  for (const [i, moment] of log.moments.entries()) {
    if (i % 3 === 0) losses.push(...(await lossesOfSecondCrash(moment, crash, i)));
  }
  expect(losses).toEqual([]);
});

test("what an open has shown after a kill survives a power cut", patience, async () => {
  const log = new WatchedLog();
  await log.open(modes.synchronous);
  await log.work(6, "append");
  const losses: string[] = [];
  for (const [i, moment] of log.moments.entries()) {
    for (let seed = 0; seed < 4; seed++) {
      losses.push(...(await lossesOfShown(moment, i * 10 + seed)));
    }
  }
  expect(losses).toEqual([]);
});

describe("the check", () => {
  test("sees a disk whose syncs do nothing", patience, async () => {
    const log = new WatchedLog();
    log.storage.faults.add({ on: syncs, fault: { kind: "lie" }, times: Infinity });
    await log.open(modes.synchronous);
    await log.work(4, "append");
    expect(await lossesOf(log, "power cut")).not.toEqual([]);
    expect(await lossesOf(log, "kill")).toEqual([]);
  });

  test("sees records that are promised when they are only buffered", patience, async () => {
    const log = new WatchedLog();
    await log.open(modes.async);
    await log.work(4, "append");
    expect(await lossesOf(log, "kill")).not.toEqual([]);
  });
});
