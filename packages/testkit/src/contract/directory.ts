/** Contract: `syncDirectory` makes creates and removes durable; every birth and every retirement waits for it. */
import { expectBytes, expectEqual } from "./expect.ts";
import { needDurableCrash } from "./needs.ts";
import { contentOf, pattern, putFile, segmentName, segmentNames, type Declare } from "./subject.ts";

/** Declares the tests of `syncDirectory`. */
export function directoryContract(declare: Declare): void {
  declare("syncDirectory: works on an empty place and changes nothing", async ({ storage }) => {
    await storage.syncDirectory();
    expectEqual((await segmentNames(storage)).length, 0, "files");
    await putFile(storage, segmentName(1), pattern(5));
    await storage.syncDirectory();
    expectBytes(await contentOf(storage, segmentName(1)), pattern(5), "content");
  });

  declare("syncDirectory: a created file keeps its name in a power cut", async (run) => {
    const crash = needDurableCrash(run);
    for (let n = 1; n <= 5; n++) {
      await putFile(run.storage, segmentName(n), pattern(n * 100, n), { durable: true });
    }
    const after = await crash();
    expectEqual((await segmentNames(after)).length, 5, "files after the power cut");
    for (let n = 1; n <= 5; n++) {
      expectBytes(await contentOf(after, segmentName(n)), pattern(n * 100, n), `file ${n}`);
    }
  });

  declare("syncDirectory: an empty file keeps its name in a power cut", async (run) => {
    const crash = needDurableCrash(run);
    const file = await run.storage.create(segmentName(1));
    await file.sync();
    await run.storage.syncDirectory();
    const after = await crash();
    expectEqual((await segmentNames(after)).join(), segmentName(1), "names after the power cut");
  });

  declare("syncDirectory: a removed file stays away after a power cut", async (run) => {
    const crash = needDurableCrash(run);
    for (let n = 1; n <= 3; n++) {
      await putFile(run.storage, segmentName(n), pattern(50, n), { durable: true });
    }
    await run.storage.remove(segmentName(2));
    await run.storage.syncDirectory();
    const after = await crash();
    const wanted = [segmentName(1), segmentName(3)].join();
    expectEqual((await segmentNames(after)).join(), wanted, "names after the power cut");
  });

  declare(
    "syncDirectory: a name taken again leads to the new file after a power cut",
    async (run) => {
      const crash = needDurableCrash(run);
      await putFile(run.storage, segmentName(1), pattern(800), { durable: true });
      await run.storage.remove(segmentName(1));
      await putFile(run.storage, segmentName(1), pattern(60, 7), { durable: true });
      const after = await crash();
      expectBytes(await contentOf(after, segmentName(1)), pattern(60, 7), "content");
    },
  );
}
