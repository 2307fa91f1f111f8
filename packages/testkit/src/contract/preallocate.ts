/** Contract: `preallocateBytes` is a hint. Reserved space reads as zeros and never gets in the way. */
import { expect, expectBytes, expectEqual } from "./expect.ts";
import { pattern, readExactly, segmentName, type Declare } from "./subject.ts";

const reservedBytes = 20_000;

/** Declares the tests of `create({ preallocateBytes })`. */
export function preallocateContract(declare: Declare): void {
  declare("preallocate: the hint is accepted whatever the storage claims", async ({ storage }) => {
    const file = await storage.create(segmentName(1), { preallocateBytes: reservedBytes });
    await file.write(pattern(1000), 0);
    expectBytes(await readExactly(file, 1000, 0), pattern(1000), "content");
    await file.close();
  });

  declare("preallocate: space not written yet reads as zeros", async ({ storage }) => {
    const file = await storage.create(segmentName(1), { preallocateBytes: reservedBytes });
    await file.write(pattern(700), 0);
    const size = await file.size();
    expect(size >= 700, `the file must hold what was written, its size is ${size}`);
    const rest = await readExactly(file, size - 700, 700);
    expectBytes(rest, new Uint8Array(size - 700), "the space behind the bytes");
    await file.close();
  });

  declare("preallocate: the file can outgrow the hint", async ({ storage }) => {
    const file = await storage.create(segmentName(1), { preallocateBytes: 1024 });
    await file.write(pattern(3000), 0);
    expectBytes(await readExactly(file, 3000, 0), pattern(3000), "content");
    await file.close();
  });

  declare("preallocate: truncate drops what was not used", async ({ storage }) => {
    const file = await storage.create(segmentName(1), { preallocateBytes: reservedBytes });
    await file.write(pattern(1500), 0);
    await file.truncate(1500);
    await file.sync();
    await file.close();
    const reader = await storage.open(segmentName(1));
    expectEqual(await reader.size(), 1500, "size");
    await reader.close();
  });

  declare("preallocate: a storage that claims it reserves the space at once", async (run) => {
    if (!run.storage.capabilities.preallocate) run.skip("the storage claims no preallocation");
    const file = await run.storage.create(segmentName(1), { preallocateBytes: reservedBytes });
    expectEqual(await file.size(), reservedBytes, "size of the new file");
    await file.close();
  });
}
