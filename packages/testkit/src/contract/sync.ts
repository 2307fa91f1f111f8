/** Contract: what was written before `sync` is on the device when it resolves. The whole log stands on this. */
import { expect, expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { needDurableCrash } from "./needs.ts";
import { contentOf, pattern, putFile, readExactly, segmentName, type Declare } from "./subject.ts";

/** Declares the tests of `sync`. */
export function syncContract(declare: Declare): void {
  declare("sync: changes nothing that can be read", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.write(pattern(900), 0);
    await file.sync();
    await file.sync();
    expectEqual(await file.size(), 900, "size");
    expectBytes(await readExactly(file, 900, 0), pattern(900), "content");
    await file.close();
  });

  declare("sync: a closed file rejects it", async ({ storage }) => {
    const file = await storage.create(segmentName(1));
    await file.close();
    await expectRejection(() => file.sync(), "sync of a closed file");
  });

  declare("sync: written, synced and named bytes survive a power cut", async (run) => {
    const crash = needDurableCrash(run);
    await putFile(run.storage, segmentName(1), pattern(2500), { durable: true });
    const after = await crash();
    expectBytes(await contentOf(after, segmentName(1)), pattern(2500), "content");
  });

  declare("sync: each sync covers what was written before it", async (run) => {
    const crash = needDurableCrash(run);
    const file = await run.storage.create(segmentName(1));
    await run.storage.syncDirectory();
    for (let at = 0; at < 2000; at += 400) {
      await file.write(pattern(2400).subarray(at, at + 400), at);
      await file.sync();
    }
    await file.write(pattern(2400).subarray(2000), 2000);
    const after = await crash();
    const reader = await after.open(segmentName(1));
    expect((await reader.size()) >= 2000, "the file must hold what was synced");
    const survived = await readExactly(reader, 2000, 0);
    expectBytes(survived, pattern(2400).subarray(0, 2000), "what was synced");
    await reader.close();
  });

  declare("sync: through a reader's handle makes the writer's bytes durable", async (run) => {
    const crash = needDurableCrash(run);
    const writer = await run.storage.create(segmentName(1));
    await writer.write(pattern(1500), 0);
    const reader = await run.storage.open(segmentName(1));
    await reader.sync();
    await run.storage.syncDirectory();
    const after = await crash();
    expectBytes(await contentOf(after, segmentName(1)), pattern(1500), "content");
  });

  declare("sync: an overwrite of synced bytes survives once it is synced", async (run) => {
    const crash = needDurableCrash(run);
    const file = await run.storage.create(segmentName(1));
    await file.write(pattern(2048), 0);
    await file.sync();
    await run.storage.syncDirectory();
    await file.write(pattern(512, 8), 1024);
    await file.sync();
    const wanted = pattern(2048);
    wanted.set(pattern(512, 8), 1024);
    const after = await crash();
    expectBytes(await contentOf(after, segmentName(1)), wanted, "content");
  });
}
