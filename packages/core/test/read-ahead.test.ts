/** Reading ahead: the next block is on its way while the caller works on the last one, and nobody relies on it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { segmentName } from "../src/format/segment-name.ts";
import { Wal } from "../src/index.ts";
import { verifyLog } from "../src/inspect.ts";
import { bytes, block, quiet, records } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const recordBytes = 60_000;
const count = 60;

/** Some ten blocks in one sealed segment and a little in a second one, under another life. */
async function filled(storage: TestStorage): Promise<Wal> {
  const before = await Wal.open({ storage });
  for (let lsn = 1; lsn <= count; lsn++) await before.append(block(lsn, recordBytes));
  await before.close();
  const wal = await Wal.open({ storage });
  await wal.append(bytes("last"));
  return wal;
}

function readsOf(storage: TestStorage, from: number): number {
  return storage.calls.slice(from).filter(({ verb }) => verb === "read").length;
}

test("the block behind the second one is asked for before the caller comes back", async () => {
  const storage = new TestStorage();
  const wal = await filled(storage);
  const from = storage.calls.length;
  const batches = wal.readBatches();
  let seen = 0;
  // The first block holds six records; with the seventh there has been a second one.
  while (seen <= 7) seen += (await batches.next()).value!.length;
  await quiet();
  const asked = readsOf(storage, from);
  const { value } = await batches.next();
  expect(value![0]!.lsn).toBe(seen + 1);
  await quiet();
  expect(asked).toBeGreaterThanOrEqual(3);
  await batches.return();
  await wal.close();
});

test("a reader that leaves lets the file go after the read in flight", async () => {
  const storage = new TestStorage();
  const wal = await filled(storage);
  const third = storage.hold("read", ({ at }) => at! > 600_000);
  const batches = wal.readBatches();
  let seen = 0;
  while (seen <= 7) seen += (await batches.next()).value!.length;
  await third.reached;
  const from = storage.calls.length;
  const left = batches.return();
  const closed = wal.close();
  await quiet();
  const sealed = storage.calls
    .slice(from)
    .filter(({ verb, name }) => verb === "close" && name.includes("0001"));
  expect(sealed).toEqual([]);
  third.release();
  await left;
  await closed;
});

test("a read ahead that fails is made again; one that fails twice is told", async () => {
  const storage = new TestStorage();
  const wal = await filled(storage);
  storage.failNth("read", 3);
  expect((await records(wal)).length).toBe(count + 1);
  let reads = 0;
  storage.fault = ({ verb }) => (verb === "read" && ++reads >= 3 ? new Error("EIO") : undefined);
  await expect(records(wal)).rejects.toMatchObject({ code: "WAL_STORAGE" });
  storage.fault = undefined;
  await wal.close();
});

test("lengths that lie lead the guess astray, and nothing else", async () => {
  const storage = new TestStorage();
  const wal = await filled(storage);
  await wal.close();
  const name = segmentName(1);
  const frames = storage.calls.filter((call) => call.verb === "write" && call.name === name);
  const before = await verifyLog(storage);
  for (const lsn of [8, 9, 13, 20]) {
    const { at } = frames.find((call) => call.at! >= 8192 + (lsn - 1) * recordBytes)!;
    const file = await storage.open(name);
    const kept = new Uint8Array(4);
    await file.read(kept, at! + 8);
    for (const lie of [1, 700, recordBytes - 5000, recordBytes + 30_000]) {
      await file.write(Uint8Array.of(lie & 0xff, lie >> 8, lie >> 16, 0), at! + 8);
      const { frames: sound, findings } = await verifyLog(storage);
      expect(sound).toBe(before.frames - 1);
      expect(findings).toMatchObject([{ severity: "damage", offset: at }]);
    }
    await file.write(kept, at! + 8);
    await file.close();
  }
});

describe("whatever the sizes", () => {
  test("every record comes back once, in order, with its own bytes, from wherever reading begins", async () => {
    const sizes = fc.array(fc.oneof(fc.nat(2000), fc.nat(90_000), fc.nat(500_000)), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 6 }), fc.nat(), async (all, group, at) => {
        const wal = await Wal.open({ storage: new TestStorage(), segmentBytes: 4 * 1024 * 1024 });
        for (let i = 0; i < all.length; i += group) {
          await wal.appendBatch(all.slice(i, i + group).map((size, j) => block(i + j + 1, size)));
        }
        const from = 1 + (at % all.length);
        let lsn = from;
        for await (const record of wal.read({ from })) {
          expect(record.lsn).toBe(lsn);
          expect(Buffer.compare(record.payload, block(lsn, all[lsn - 1]!))).toBe(0);
          lsn++;
        }
        expect(lsn).toBe(all.length + 1);
        await wal.close();
      }),
      { numRuns: 12 },
    );
  });
});
