/**
 * A reader in the middle of the segment that is being written. The benchmark met it first: the reader
 * had a block of the file up to yesterday's end, the log went on, and the records behind that end were
 * called damaged.
 */
import { describe, expect, test } from "vitest";
import { equalBytes } from "../src/format/bytes.ts";
import { Wal, memoryStorage } from "../src/index.ts";
import { block } from "./support/records.ts";

describe("a reader behind a writer", () => {
  test.each([
    { records: 40, size: 3000 },
    { records: 400, size: 5000 },
  ])("that stops in the middle goes on behind the end it saw: $records × $size", async (shape) => {
    const { records, size } = shape;
    const wal = await Wal.open({ storage: memoryStorage(), frameBytes: 8192 });
    for (let lsn = 1; lsn <= records; lsn++) await wal.append(block(lsn, size));
    const reader = wal.read({ from: 1, to: records * 3 });
    const seen: number[] = [];
    const take = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const next = await reader.next();
        if (next.done === true) return;
        // Byte by byte through `toEqual` takes seconds for this many.
        expect(equalBytes(next.value.payload, block(next.value.lsn, size))).toBe(true);
        seen.push(next.value.lsn);
      }
    };
    await take(2);
    for (let lsn = records + 1; lsn <= records * 2; lsn++) await wal.append(block(lsn, size));
    await take(records);
    for (let lsn = records * 2 + 1; lsn <= records * 3; lsn++) await wal.append(block(lsn, size));
    await take(records * 3);
    expect(seen).toEqual(Array.from({ length: records * 3 }, (_, i) => i + 1));
    await wal.close();
  });
});
