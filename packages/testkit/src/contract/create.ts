/** Contract: `create` makes an empty file, exclusively. Segments are written once; this is what keeps it so. */
import { expect, expectBytes, expectEqual, expectRejection, outcomeOf } from "./expect.ts";
import { needReopen } from "./needs.ts";
import { contentOf, pattern, putFile, segmentName, segmentNames, type Declare } from "./subject.ts";

/** Declares the tests of `create`. */
export function createContract(declare: Declare): void {
  declare("create: a new file is empty and listed", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    expectEqual(await file.size(), 0, "size of a new file");
    expectEqual(await file.read(new Uint8Array(8), 0), 0, "bytes read from a new file");
    await file.close();
    expectEqual((await segmentNames(storage)).join(), segmentName(1), "names listed");
  });

  declare("create: an existing name is refused and its content stays", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(700));
    await expectRejection(() => storage.create(segmentName(1)), "create of an existing name");
    expectBytes(
      await contentOf(storage, segmentName(1)),
      pattern(700),
      "the file after the refusal",
    );
  });

  declare("create: of two at once under one name exactly one succeeds", async ({ storage }) => {
    const outcomes = await Promise.all(
      [0, 1].map(() => outcomeOf(() => storage.create(segmentName(1)))),
    );
    const created = outcomes.filter((outcome) => "value" in outcome);
    expectEqual(created.length, 1, "creates that succeeded");
    expectEqual((await segmentNames(storage)).length, 1, "files afterwards");
  });

  declare("create: a name taken through another storage object is refused", async (run) => {
    const reopen = needReopen(run);
    await putFile(run.storage, segmentName(1), pattern(9));
    const other = await reopen();
    await expectRejection(() => other.create(segmentName(1)), "create of an existing name");
    expectBytes(await contentOf(other, segmentName(1)), pattern(9), "the file after the refusal");
  });

  declare("create: a removed name can be created again, and is empty", async ({ storage }) => {
    await putFile(storage, segmentName(1), pattern(5000));
    await storage.remove(segmentName(1));
    const file = await storage.create(segmentName(1));
    expectEqual(await file.size(), 0, "size of the new file");
    await file.write(pattern(10, 2), 0);
    await file.close();
    expectBytes(await contentOf(storage, segmentName(1)), pattern(10, 2), "the new file");
  });

  declare("create: many files keep their own bytes", async ({ storage }) => {
    for (let n = 1; n <= 12; n++) await putFile(storage, segmentName(n), pattern(100 + n, n));
    for (let n = 1; n <= 12; n++) {
      const content = await contentOf(storage, segmentName(n));
      expectBytes(content, pattern(100 + n, n), `file ${n}`);
    }
  });

  declare("create: the largest segment name works", async ({ storage }) => {
    const name = "09007199254740991.wal".padStart(24, "0");
    await putFile(storage, name, pattern(3));
    expect((await storage.list()).includes(name), `list must show ${name}`);
  });
}
