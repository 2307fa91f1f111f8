/** Contract: `write` writes all of its bytes where it was told, or rejects; it keeps no hold of them afterwards. */
import { expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { contentOf, pattern, readExactly, segmentName, type Declare } from "./subject.ts";

const largeBytes = 3 * 1024 * 1024 + 17;

/** Declares the tests of `write`. */
export function writeContract(declare: Declare): void {
  declare("write: appends at explicit positions", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    const wanted = pattern(3000);
    for (const [from, to] of [
      [0, 1],
      [1, 512],
      [512, 1500],
      [1500, 3000],
    ] as const) {
      await file.write(wanted.subarray(from, to), from);
      expectEqual(await file.size(), to, "size after the write");
    }
    expectBytes(await readExactly(file, 3000, 0), wanted, "through the writer's handle");
    await file.close();
    expectBytes(await contentOf(storage, segmentName(1)), wanted, "through a reader's handle");
  });

  declare("write: overwrites in the middle and leaves the rest", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(2000), 0);
    await file.write(pattern(100, 9), 450);
    const wanted = pattern(2000);
    wanted.set(pattern(100, 9), 450);
    expectEqual(await file.size(), 2000, "size");
    expectBytes(await readExactly(file, 2000, 0), wanted, "content");
    await file.close();
  });

  declare("write: beyond the end fills the gap with zeros", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(10), 0);
    await file.write(pattern(10, 3), 5000);
    const wanted = new Uint8Array(5010);
    wanted.set(pattern(10), 0);
    wanted.set(pattern(10, 3), 5000);
    expectEqual(await file.size(), 5010, "size");
    await file.close();
    expectBytes(await contentOf(storage, segmentName(1)), wanted, "content");
  });

  declare("write: only the bytes of the view it was given", async ({ storage }) => {
    const buffer = pattern(400);
    const file = await storage.create(segmentName(1));
    await file.write(buffer.subarray(123, 323), 0);
    expectEqual(await file.size(), 200, "size");
    expectBytes(await readExactly(file, 200, 0), pattern(400).subarray(123, 323), "content");
    await file.close();
  });

  declare("write: a buffer reused after it settled changes nothing", async ({ storage }) => {
    const buffer = pattern(600);
    const file = await storage.create(segmentName(1));
    await file.write(buffer, 0);
    buffer.fill(0);
    expectBytes(await readExactly(file, 600, 0), pattern(600), "content");
    await file.close();
  });

  declare("write: of no bytes changes nothing", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(30), 0);
    await file.write(new Uint8Array(0), 30);
    expectEqual(await file.size(), 30, "size");
    await file.close();
  });

  declare("write: large writes arrive whole", async (run) => {
    const limit = run.storage.capabilities.maxFileBytes ?? largeBytes;
    const wanted = pattern(Math.min(largeBytes, limit));
    const file = await run.storage.create(segmentName(1));
    await file.write(wanted, 0);
    expectEqual(await file.size(), wanted.length, "size");
    expectBytes(await readExactly(file, wanted.length, 0), wanted, "content");
    await file.close();
  });

  declare("write: beyond the claimed size limit is refused", async (run) => {
    const limit =
      run.storage.capabilities.maxFileBytes ?? run.skip("the storage claims no size limit");
    const file = await run.storage.create(segmentName(1));
    await file.write(pattern(16), 0);
    await expectRejection(() => file.write(pattern(16), limit - 8), "a write across the limit");
    expectBytes(await readExactly(file, 16, 0), pattern(16), "what was there before");
    await file.close();
  });

  declare("write: a closed file rejects it", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(12), 0);
    await file.close();
    await expectRejection(() => file.write(pattern(12, 4), 0), "write to a closed file");
    expectBytes(await contentOf(storage, segmentName(1)), pattern(12), "content");
  });
}
