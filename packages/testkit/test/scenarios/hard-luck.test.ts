/** Stories of machines that are not well: clocks that are wrong, programs that die right after opening. */
import { expect, test } from "vitest";
import { SimulatedStorage } from "../../src/index.ts";
import { appendTo, openOn, payloadOf } from "../support/log-images.ts";

/** Wall clocks before 1970 and beyond what a number holds; machines without a battery start somewhere. */
const jumpsMs = [-1_800_000_000_000, 2 ** 53, 1e300];

test.each(jumpsMs)("a clock that is %d ms off costs no record", async (jumpMs) => {
  // Times are informative, but a negative one made a number that no reader takes for a header's.
  const storage = new SimulatedStorage({ seed: 1 });
  const wal = await openOn(storage);
  await appendTo(wal, 3);
  storage.clock.jumpWall(jumpMs);
  await appendTo(wal, 40);
  const after = storage.kill();
  const again = await openOn(after);
  expect(again.durableLsn).toBe(40);
  let lsn = 0;
  for await (const record of again.read({ from: 1 })) {
    expect(record.lsn).toBe(++lsn);
    expect(record.payload).toEqual(payloadOf(lsn));
    expect(Number.isSafeInteger(record.timestamp)).toBe(true);
  }
  expect(lsn).toBe(40);
  await again.close();
});

test("a program that dies right after opening, again and again, does not fill the disk", async () => {
  // A checkpoint's mark with nothing behind it was written again by every open, in one more file each.
  let storage = new SimulatedStorage({ seed: 2 });
  const wal = await openOn(storage);
  await appendTo(wal, 12);
  await wal.checkpoint(10);
  const counts: number[] = [];
  for (let life = 0; life < 6; life++) {
    storage = storage.kill();
    const next = await openOn(storage);
    expect(next.checkpointLsn).toBe(10);
    counts.push(storage.names.length);
  }
  expect(counts).toEqual(counts.map(() => counts[0]));
});
