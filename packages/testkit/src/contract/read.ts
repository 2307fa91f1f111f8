/** Contract: `read` may be short, never lies about its count, and touches only the view it was given. */
import { expect, expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { pattern, putFile, readExactly, segmentName, type Declare } from "./subject.ts";

/** Declares the tests of `read` and `size`. */
export function readContract(declare: Declare): void {
  declare("read: any range, in any order", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(10_000));
    const file = await storage.open(segmentName(1));
    for (const [at, length] of [
      [9_999, 1],
      [0, 1],
      [511, 2],
      [4_095, 4_098],
      [0, 10_000],
    ] as const) {
      const wanted = pattern(10_000).subarray(at, at + length);
      expectBytes(await readExactly(file, length, at), wanted, `${length} bytes at ${at}`);
    }
    await file.close();
  });

  declare("read: a range that crosses the end is cut to what is there", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(1000));
    const file = await storage.open(segmentName(1));
    const into = new Uint8Array(600).fill(0xee);
    let done = 0;
    for (;;) {
      const count = await file.read(into.subarray(done), 700 + done);
      expect(count >= 0 && count <= into.length - done, `read returned ${count}`);
      if (count === 0) break;
      done += count;
    }
    expectEqual(done, 300, "bytes between 700 and the end at 1000");
    expectBytes(into.subarray(0, 300), pattern(1000).subarray(700), "the bytes before the end");
    await file.close();
  });

  declare("read: at the end and past it there are 0 bytes", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(1000));
    const file = await storage.open(segmentName(1));
    for (const at of [1000, 1001, 1512, 65_536, 1_000_000]) {
      expectEqual(await file.read(new Uint8Array(64), at), 0, `bytes read at ${at}`);
    }
    await file.close();
  });

  declare("read: only the given view is touched", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(200));
    const file = await storage.open(segmentName(1));
    const buffer = new Uint8Array(64).fill(0xaa);
    const view = buffer.subarray(13, 33);
    let done = 0;
    while (done < view.length) {
      const count = await file.read(view.subarray(done), 50 + done);
      expect(count > 0, "the file has these bytes");
      done += count;
    }
    expectBytes(buffer.subarray(0, 13), new Uint8Array(13).fill(0xaa), "bytes before the view");
    expectBytes(view, pattern(200).subarray(50, 70), "bytes in the view");
    expectBytes(buffer.subarray(33), new Uint8Array(31).fill(0xaa), "bytes behind the view");
    await file.close();
  });

  declare("read: into an empty view reads nothing", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(20));
    const file = await storage.open(segmentName(1));
    expectEqual(await file.read(new Uint8Array(0), 5), 0, "bytes read");
    await file.close();
  });

  declare("read: a closed file rejects read and size", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(20));
    const file = await storage.open(segmentName(1));
    await file.close();
    await expectRejection(() => file.read(new Uint8Array(4), 0), "read of a closed file");
    await expectRejection(() => file.size(), "size of a closed file");
  });
}
