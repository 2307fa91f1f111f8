/** Contract: `list` names every file there is, once, and none that is gone. */
import { expect, expectEqual } from "./expect.ts";
import { pattern, putFile, segmentName, segmentNames, type Declare } from "./subject.ts";

/** Declares the tests of `list`. */
export function listContract(declare: Declare): void {
  declare("list: a fresh place is empty", async ({ storage }) => {
    expectEqual((await segmentNames(storage)).length, 0, "files");
  });

  declare("list: names every file exactly once", async ({ storage }) => {
    const wanted: string[] = [];
    for (let n = 1; n <= 25; n++) {
      await putFile(storage, segmentName(n * 3), pattern(n));
      wanted.push(segmentName(n * 3));
    }
    const names = await storage.list();
    expectEqual(new Set(names).size, names.length, "different names");
    expectEqual((await segmentNames(storage)).join(), wanted.join(), "names listed");
  });

  declare(
    "list: shows a file while it is open and never one that was removed",
    async ({ storage }) => {
      const file = await storage.create(segmentName(1));
      await putFile(storage, segmentName(2), pattern(2));
      await storage.remove(segmentName(2));
      expectEqual((await segmentNames(storage)).join(), segmentName(1), "names listed");
      await file.close();
    },
  );

  declare("list: the result belongs to the caller", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(2));
    const names = await storage.list();
    names.length = 0;
    expect((await storage.list()).includes(segmentName(1)), "the file must still be listed");
  });

  declare("list: while the lock is held no segment appears or disappears", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(2));
    const lock = await storage.lock();
    expectEqual((await segmentNames(storage)).join(), segmentName(1), "names under the lock");
    await lock.release();
    expectEqual((await segmentNames(storage)).join(), segmentName(1), "names after the lock");
  });
}
