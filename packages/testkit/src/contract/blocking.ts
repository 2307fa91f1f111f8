/** Contract: the blocking verbs, where they are claimed, do to the same bytes what the asynchronous ones do. */
import type { BlockingFile, BlockingStorage, StorageFile } from "@stria/core";
import { expect, expectBytes, expectEqual, expectRejection } from "./expect.ts";
import { needDurableCrash } from "./needs.ts";
import {
  contentOf,
  pattern,
  putFile,
  readExactly,
  segmentName,
  segmentNames,
  type ContractRun,
  type Declare,
} from "./subject.ts";

/** Declares the tests of `storage.blocking` and `file.blocking`. */
export function blockingContract(declare: Declare): void {
  declare("blocking: written blocking, read either way", async (run) => {
    const { file, verbs } = createBlocking(run, segmentName(1));
    verbs.write(pattern(2000), 0);
    verbs.write(pattern(100, 3), 700);
    verbs.sync();
    const wanted = pattern(2000);
    wanted.set(pattern(100, 3), 700);
    expectBytes(readBlocking(verbs, 2000), wanted, "read blocking");
    expectBytes(await readExactly(file, 2000, 0), wanted, "read asynchronously");
    expectEqual(verbs.read(new Uint8Array(8), 2000), 0, "bytes read at the end");
    verbs.truncate(900);
    expectEqual(await file.size(), 900, "size after the cut");
    verbs.close();
    const content = await contentOf(run.storage, segmentName(1));
    expectBytes(content, wanted.subarray(0, 900), "through a reader's handle");
  });

  declare("blocking: large writes arrive whole", async (run) => {
    const limit = run.storage.capabilities.maxFileBytes ?? Number.MAX_SAFE_INTEGER;
    const { verbs } = createBlocking(run, segmentName(1));
    const wanted = pattern(Math.min(1024 * 1024 + 33, limit));
    verbs.write(wanted, 0);
    expectBytes(readBlocking(verbs, wanted.length), wanted, "content");
    verbs.close();
  });

  declare("blocking: written asynchronously, read blocking", async (run) => {
    requireBlocking(run);
    const file = await run.storage.create(segmentName(1));
    await file.write(pattern(600), 0);
    expectBytes(readBlocking(verbsOf(file), 600), pattern(600), "read blocking");
    await file.close();
  });

  declare("blocking: an opened file has the verbs too", async (run) => {
    requireBlocking(run);
    await putFile(run.storage, segmentName(1), pattern(300));
    const file = await run.storage.open(segmentName(1));
    expectBytes(readBlocking(verbsOf(file), 300), pattern(300), "read blocking");
    verbsOf(file).sync();
    await file.close();
  });

  declare("blocking: create refuses an existing name", async (run) => {
    const blocking = requireBlocking(run);
    await putFile(run.storage, segmentName(1), pattern(5));
    await expectRejection(() => blocking.create(segmentName(1)), "create of an existing name");
    expectBytes(await contentOf(run.storage, segmentName(1)), pattern(5), "the file");
  });

  declare("blocking: a closed file throws", async (run) => {
    const { verbs } = createBlocking(run, segmentName(1));
    verbs.close();
    await expectRejection(() => verbs.write(pattern(3), 0), "write");
    await expectRejection(() => verbs.read(new Uint8Array(3), 0), "read");
    await expectRejection(() => verbs.sync(), "sync");
    await expectRejection(() => verbs.truncate(0), "truncate");
    expectEqual((await segmentNames(run.storage)).length, 1, "files");
  });

  declare("blocking: what was synced blocking survives a power cut", async (run) => {
    const blocking = requireBlocking(run);
    const crash = needDurableCrash(run);
    const { verbs } = createBlocking(run, segmentName(1));
    verbs.write(pattern(1800), 0);
    verbs.sync();
    blocking.syncDirectory();
    const after = await crash();
    expectBytes(await contentOf(after, segmentName(1)), pattern(1800), "content");
  });

  declare("blocking: writeAndSync survives a power cut without a sync", async (run) => {
    const blocking = requireBlocking(run);
    const { verbs } = createBlocking(run, segmentName(1));
    const writeAndSync = verbs.writeAndSync?.bind(verbs) ?? run.skip("there is no such verb");
    const crash = needDurableCrash(run);
    blocking.syncDirectory();
    writeAndSync(pattern(800), 0);
    const after = await crash();
    expectBytes(await contentOf(after, segmentName(1)), pattern(800), "content");
  });
}

function requireBlocking(run: ContractRun): BlockingStorage {
  if (!run.storage.capabilities.synchronous) run.skip("the storage claims no blocking verbs");
  const { blocking } = run.storage;
  expect(blocking !== undefined, "capabilities.synchronous is claimed, so blocking must be there");
  return blocking;
}

function createBlocking(
  run: ContractRun,
  name: string,
): { file: StorageFile; verbs: BlockingFile } {
  const file = requireBlocking(run).create(name);
  return { file, verbs: verbsOf(file) };
}

function verbsOf(file: StorageFile): BlockingFile {
  expect(file.blocking !== undefined, "files of a synchronous storage must have blocking verbs");
  return file.blocking;
}

function readBlocking(verbs: BlockingFile, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = verbs.read(bytes.subarray(done), done);
    expect(count > 0 && count <= length - done, `read of ${length - done} bytes returned ${count}`);
    done += count;
  }
  return bytes;
}
