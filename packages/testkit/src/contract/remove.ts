/** Contract: `remove` takes one file away and says so when there is none. */
import { expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { contentOf, pattern, putFile, segmentName, segmentNames, type Declare } from "./subject.ts";

/** Declares the tests of `remove`. */
export function removeContract(declare: Declare): void {
  declare("remove: the file is gone, its neighbours are not", async ({ storage }) => {
    for (let n = 1; n <= 3; n++) await putFile(storage, segmentName(n), pattern(30, n));
    await storage.remove(segmentName(2));
    await expectRejection(() => storage.open(segmentName(2)), "open of a removed file");
    expectEqual((await segmentNames(storage)).length, 2, "files left");
    expectBytes(await contentOf(storage, segmentName(3)), pattern(30, 3), "a neighbour");
  });

  declare("remove: a missing name is refused", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(30));
    await expectRejection(() => storage.remove(segmentName(2)), "remove of a missing name");
    expectEqual((await segmentNames(storage)).join(), segmentName(1), "names listed");
  });

  declare("remove: twice is refused the second time", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(30));
    await storage.remove(segmentName(1));
    await expectRejection(() => storage.remove(segmentName(1)), "the second remove");
  });
}
