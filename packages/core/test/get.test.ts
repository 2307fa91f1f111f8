/** `get`: what it remembers of a frame spares reading the frame again, and never the check of what is handed out. */
import { describe, expect, test } from "vitest";
import { equalBytes } from "../src/format/bytes.ts";
import { Wal } from "../src/index.ts";
import { KnownFrames } from "../src/read/known-frames.ts";
import { FRAME_HEADER_BYTES, FRAME_RECORDS, type Frame } from "../src/format/frame.ts";
import { FRAMES_START } from "../src/format/segment-header.ts";
import { segmentName } from "../src/format/segment-name.ts";
import type { Segment } from "../src/segment/segment.ts";
import { block, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

/** Sizes around a piece's: smaller, larger than several, none at all. */
const sizes = [100, 0, 9000, 4092, 1, 4096, 3, 20_000, 700, 0, 8188, 5];

async function oneFrame(): Promise<{ storage: TestStorage; wal: Wal }> {
  const storage = new TestStorage();
  const wal = await Wal.open({ storage });
  await wal.appendBatch(sizes.map((size, i) => block(i, size)));
  return { storage, wal };
}

function bytesRead(storage: TestStorage, from: number): number {
  return storage.calls
    .slice(from)
    .reduce((sum, { verb, length = 0 }) => sum + (verb === "read" ? length : 0), 0);
}

describe("get", () => {
  test("every record of a large frame, in any order, the frame known or not", async () => {
    for (let first = 1; first <= sizes.length; first++) {
      const { wal } = await oneFrame();
      for (let step = 0; step < 2 * sizes.length; step++) {
        const lsn = ((first - 1 + step * 5) % sizes.length) + 1;
        const record = await wal.get(lsn);
        expect(record?.lsn).toBe(lsn);
        // Not `toEqual`: it takes long for arrays of this size.
        expect(equalBytes(record!.payload, block(lsn - 1, sizes[lsn - 1]!))).toBe(true);
      }
      await wal.close();
    }
  });

  test("the second record of a frame costs its pieces, not the frame", async () => {
    const { storage, wal } = await oneFrame();
    await wal.get(1);
    const before = storage.calls.length;
    expect((await wal.get(12))?.payload).toEqual(block(11, 5));
    expect(bytesRead(storage, before)).toBeLessThanOrEqual(2 * 4096);
    await wal.close();
  });

  test("damage that came after the frame was checked is found, wherever it is", async () => {
    const start = FRAMES_START + FRAME_HEADER_BYTES;
    const end = start + sizes.reduce((sum, size) => sum + size + 4, 0);
    for (let at = start; at < end; at += 1997) {
      const { storage, wal } = await oneFrame();
      await wal.get(1);
      const file = await storage.open(segmentName(1));
      const byte = new Uint8Array(1);
      await file.read(byte, at);
      await file.write(Uint8Array.of(byte[0]! ^ 4), at);
      const outcomes: (boolean | undefined)[] = [];
      for (let lsn = 1; lsn <= sizes.length; lsn++) {
        const payload = await wal.get(lsn).then(
          (record) => record?.payload,
          () => undefined,
        );
        outcomes.push(payload && equalBytes(payload, block(lsn - 1, sizes[lsn - 1]!)));
      }
      expect(outcomes).not.toContain(false);
      expect(outcomes).toContain(undefined);
      const error = await walError(wal.get(wherever(at - start)));
      expect([error.code, error.details.segment]).toEqual(["WAL_CORRUPT", segmentName(1)]);
      await wal.close();
    }
  });

  test("what it remembers is bounded, however many frames there are", () => {
    const known = new KnownFrames();
    const crc32 = (): number => 0;
    const segments = Array.from(
      { length: 40 },
      () => ({ context: { crc32 } }) as unknown as Segment,
    );
    const body = new Uint8Array(64 * 4096);
    new DataView(body.buffer).setUint32(0, body.length - 4, true);
    const frame = { type: FRAME_RECORDS, count: 1, size: body.length } as Frame;
    for (const [i, segment] of segments.entries()) {
      for (let n = 0; n < 200; n++) {
        const firstLsn = i * 200 + n + 1;
        known.learn(segment, { ...frame, firstLsn }, body, { offset: 0, bodyAt: 48 });
      }
      expect(known.floor(segment, i * 200 + 3)?.firstLsn).toBe(i * 200 + 3);
    }
    const left = segments.filter((segment) => known.floor(segment, Infinity) !== undefined);
    // 200 frames of 64 pieces take about 180 KiB.
    expect(left.length).toBeGreaterThan(10);
    expect(left.length).toBeLessThan(30);
    expect(left).toEqual(segments.slice(-left.length));
  });
});

/** LSN of the record that holds byte `at` of the body. */
function wherever(at: number): number {
  let left = at;
  let lsn = 1;
  for (const size of sizes) {
    if (left < size + 4) return lsn;
    left -= size + 4;
    lsn++;
  }
  return lsn;
}
