/** Contract: `truncate` cuts the file that is being written; the log uses it to drop preallocated space. */
import { expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { needDurableCrash } from "./needs.ts";
import { contentOf, pattern, readExactly, segmentName, type Declare } from "./subject.ts";

/** Declares the tests of `truncate`. */
export function truncateContract(declare: Declare): void {
  declare("truncate: cuts to the given size and keeps what is before it", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(5000), 0);
    await file.truncate(1234);
    expectEqual(await file.size(), 1234, "size");
    expectEqual(await file.read(new Uint8Array(8), 1234), 0, "bytes read at the new end");
    await file.close();
    const wanted = pattern(5000).subarray(0, 1234);
    expectBytes(await contentOf(storage, segmentName(1)), wanted, "content");
  });

  declare(
    "truncate: bytes that were cut do not come back when the file grows",
    async ({ storage }) => {
      const file = await storage.create(segmentName(1));
      await file.write(pattern(2000), 0);
      await file.truncate(100);
      await file.write(pattern(10, 6), 1000);
      const gap = await readExactly(file, 900, 100);
      expectBytes(gap, new Uint8Array(900), "the gap between the cut and the new bytes");
      await file.close();
    },
  );

  declare("truncate: to the present size and to zero", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(300), 0);
    await file.truncate(300);
    expectBytes(await readExactly(file, 300, 0), pattern(300), "content after no cut");
    await file.truncate(0);
    expectEqual(await file.size(), 0, "size after cutting everything");
    await file.close();
  });

  declare("truncate: a closed file rejects it", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(40), 0);
    await file.close();
    await expectRejection(() => file.truncate(0), "truncate of a closed file");
    expectBytes(await contentOf(storage, segmentName(1)), pattern(40), "content");
  });

  declare("truncate: followed by a sync survives a power cut", async (run) => {
    const crash = needDurableCrash(run);
    const file = await run.storage.create(segmentName(1));
    await file.write(pattern(3000), 0);
    await file.sync();
    await run.storage.syncDirectory();
    await file.truncate(1000);
    await file.sync();
    const after = await crash();
    const wanted = pattern(3000).subarray(0, 1000);
    expectBytes(await contentOf(after, segmentName(1)), wanted, "content after the power cut");
  });
}
