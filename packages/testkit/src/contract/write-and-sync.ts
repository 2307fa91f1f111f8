/** Contract: `writeAndSync`, where a file has it, is a write whose bytes are durable when it resolves. */
import type { StorageFile } from "@stria/core";
import { expect, expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { needDurableCrash } from "./needs.ts";
import { pattern, readExactly, segmentName, type ContractRun, type Declare } from "./subject.ts";

/** Declares the tests of `writeAndSync`. */
export function writeAndSyncContract(declare: Declare): void {
  declare("writeAndSync: writes like write", async (run) => {
    const { file, writeAndSync } = await fileWithVerb(run);
    const buffer = pattern(900);
    await writeAndSync(buffer.subarray(100, 400), 0);
    buffer.fill(0);
    await writeAndSync(pattern(50, 3), 1000);
    expectEqual(await file.size(), 1050, "size");
    const wanted = pattern(900).subarray(100, 400);
    expectBytes(await readExactly(file, 300, 0), wanted, "the first bytes");
    expectBytes(await readExactly(file, 700, 300), new Uint8Array(700), "the gap");
    expectBytes(await readExactly(file, 50, 1000), pattern(50, 3), "the last bytes");
    await file.close();
  });

  declare("writeAndSync: large writes arrive whole", async (run) => {
    const { file, writeAndSync } = await fileWithVerb(run);
    const limit = run.storage.capabilities.maxFileBytes ?? Number.MAX_SAFE_INTEGER;
    const wanted = pattern(Math.min(1024 * 1024 + 33, limit));
    await writeAndSync(wanted, 0);
    expectBytes(await readExactly(file, wanted.length, 0), wanted, "content");
    await file.close();
  });

  declare("writeAndSync: its bytes survive a power cut without a sync", async (run) => {
    const crash = needDurableCrash(run);
    const { file, writeAndSync } = await fileWithVerb(run);
    await file.write(pattern(512), 0);
    await file.sync();
    await run.storage.syncDirectory();
    await writeAndSync(pattern(700, 2), 512);
    await writeAndSync(pattern(300, 4), 1212);
    const after = await crash();
    const reader = await after.open(segmentName(1));
    expect((await reader.size()) >= 1512, "the file must hold what was written and synced");
    expectBytes(await readExactly(reader, 512, 0), pattern(512), "the synced bytes");
    expectBytes(await readExactly(reader, 700, 512), pattern(700, 2), "the first writeAndSync");
    expectBytes(await readExactly(reader, 300, 1212), pattern(300, 4), "the second writeAndSync");
    await reader.close();
  });

  declare("writeAndSync: leaves earlier plain writes for the next sync", async (run) => {
    const crash = needDurableCrash(run);
    const { file, writeAndSync } = await fileWithVerb(run);
    await run.storage.syncDirectory();
    await file.write(pattern(400), 0);
    await writeAndSync(pattern(100, 2), 400);
    await file.sync();
    const after = await crash();
    const reader = await after.open(segmentName(1));
    expectBytes(await readExactly(reader, 400, 0), pattern(400), "the plain write");
    expectBytes(await readExactly(reader, 100, 400), pattern(100, 2), "the writeAndSync");
    await reader.close();
  });

  declare("writeAndSync: a closed file rejects it", async (run) => {
    const { file, writeAndSync } = await fileWithVerb(run);
    await file.close();
    await expectRejection(() => writeAndSync(pattern(3), 0), "writeAndSync to a closed file");
  });
}

async function fileWithVerb(
  run: ContractRun,
): Promise<{ file: StorageFile; writeAndSync: NonNullable<StorageFile["writeAndSync"]> }> {
  const file = await run.storage.create(segmentName(1));
  if (file.writeAndSync === undefined) {
    await file.close();
    return run.skip("files of this storage have no writeAndSync");
  }
  return { file, writeAndSync: async (bytes, at) => file.writeAndSync?.(bytes, at) };
}
