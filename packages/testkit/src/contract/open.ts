/** Contract: `open` gives readers a handle of their own on a file that exists. */
import { expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { needReopen } from "./needs.ts";
import {
  contentOf,
  pattern,
  putFile,
  readExactly,
  segmentName,
  segmentNames,
  type Declare,
} from "./subject.ts";

/** Declares the tests of `open`. */
export function openContract(declare: Declare): void {
  declare("open: shows size and bytes of an existing file", async ({ storage }) => {
    await putFile(storage, segmentName(7), pattern(1300));
    const file = await storage.open(segmentName(7));
    expectEqual(await file.size(), 1300, "size");
    expectBytes(await readExactly(file, 1300, 0), pattern(1300), "content");
    await file.close();
  });

  declare("open: a missing name is refused and nothing is created", async ({ storage }) => {
    await expectRejection(() => storage.open(segmentName(1)), "open of a missing name");
    expectEqual((await segmentNames(storage)).length, 0, "files afterwards");
  });

  declare("open: changes nothing", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(777));
    const file = await storage.open(segmentName(1));
    await file.close();
    expectBytes(await contentOf(storage, segmentName(1)), pattern(777), "the file after an open");
  });

  declare("open: sync works on a file opened for reading", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(64));
    const file = await storage.open(segmentName(1));
    await file.sync();
    expectBytes(await readExactly(file, 64, 0), pattern(64), "content after the sync");
    await file.close();
  });

  declare("open: a reader sees what is written after it opened the file", async ({ storage }) => {
    const writer = await storage.create(segmentName(1));
    await writer.write(pattern(100), 0);
    const reader = await storage.open(segmentName(1));
    expectBytes(await readExactly(reader, 100, 0), pattern(100), "bytes before the second write");
    expectEqual(await reader.size(), 100, "size before the second write");
    await writer.write(pattern(100, 5), 100);
    expectEqual(await reader.size(), 200, "size seen by the reader");
    expectBytes(await readExactly(reader, 100, 100), pattern(100, 5), "bytes of the second write");
    await reader.close();
    await writer.close();
  });

  declare("open: two handles on one file do not disturb each other", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(4000));
    const first = await storage.open(segmentName(1));
    const second = await storage.open(segmentName(1));
    const [a, b] = await Promise.all([
      readExactly(first, 1000, 0),
      readExactly(second, 1000, 3000),
    ]);
    expectBytes(a, pattern(4000).subarray(0, 1000), "through the first handle");
    expectBytes(b, pattern(4000).subarray(3000), "through the second handle");
    await first.close();
    expectBytes(await readExactly(second, 9, 0), pattern(9), "after the other was closed");
    await second.close();
  });

  declare("open: another storage object sees files and bytes", async (run) => {
    const reopen = needReopen(run);
    await putFile(run.storage, segmentName(1), pattern(2000), { durable: true });
    const other = await reopen();
    expectEqual((await segmentNames(other)).join(), segmentName(1), "names listed");
    expectBytes(await contentOf(other, segmentName(1)), pattern(2000), "content");
  });
}
