/** Segments in the space of retired ones: what stands behind their frames is neither a record nor a loss. */
import type { Wal } from "@stria/core";
import { inspectLog, verifyLog } from "@stria/core/inspect";
import { expect, test } from "vitest";
import { SimulatedStorage } from "../../src/index.ts";
import { appendTo, openOn, payloadOf } from "../support/log-images.ts";

const lastLsn = 394;

/** A killed log whose active segment is recycled and half full. */
async function killed(): Promise<SimulatedStorage> {
  const storage = new SimulatedStorage({ seed: 1, recycling: true });
  const wal = await openOn(storage);
  for (let upTo = 10; upTo < lastLsn; upTo += 10) {
    await appendTo(wal, upTo);
    await wal.checkpoint(upTo - 10);
  }
  await appendTo(wal, lastLsn);
  return storage.kill();
}

test("bytes of a former life behind the last frame are no torn tail", async () => {
  const after = await killed();
  const { segments } = await inspectLog(after);
  const newest = segments.at(-1)!;
  expect(newest.header?.recycled).toBe(true);
  const stale = after
    .image()
    .content(newest.name)
    .subarray(newest.usedBytes + 512);
  expect(stale.some((byte) => byte !== 0)).toBe(true);
  // The last record's own frame is sound, and nothing vouches for it yet.
  expect(await findingsIn(after)).toEqual(["unvouched"]);
  const wal = await openOn(after);
  expect(wal.recovery.tail).toBe("clean");
  await expectRecords(wal);
  await wal.close();
});

test("a frame that was torn over them is one, and costs nobody else a record", async () => {
  const after = await killed();
  const image = after.image();
  const { segments } = await inspectLog(after);
  const { name, usedBytes } = segments.at(-1)!;
  // The frame nothing vouches for.
  image.flipBit(name, usedBytes + 50);
  const torn = SimulatedStorage.from(image);
  expect(await findingsIn(torn)).toEqual(["unvouched", "torn-tail"]);
  const wal = await openOn(torn);
  expect(wal.recovery.tail).toBe("torn");
  expect(wal.durableLsn).toBe(lastLsn - 1);
  await wal.close();
});

test("damage in a recycled file is found as in every other", async () => {
  const after = await killed();
  const { segments } = await inspectLog(after);
  const { name } = segments.at(-1)!;
  const image = after.image();
  image.flipBit(name, 8192 + 60);
  await expect(openOn(SimulatedStorage.from(image))).rejects.toMatchObject({ code: "WAL_CORRUPT" });
});

async function findingsIn(storage: SimulatedStorage): Promise<string[]> {
  return (await verifyLog(storage)).findings.map(({ kind }) => kind);
}

async function expectRecords(wal: Wal): Promise<void> {
  let lsn = wal.firstLsn;
  for await (const record of wal.read()) {
    expect(record.lsn).toBe(lsn);
    expect(record.payload).toEqual(payloadOf(lsn++));
  }
  expect(lsn).toBe(lastLsn + 1);
}
