/** Contract: a platform's failure reaches the log as a rejection, a full disk as one it can tell apart. */
import { asWalError } from "@stria/core";
import { expect, expectBytes, expectEqual, expectRejection, outcomeOf } from "./expect.ts";
import { needFailNext, needLimitSpace } from "./needs.ts";
import { contentOf, pattern, putFile, readExactly, segmentName, type Declare } from "./subject.ts";

/** Declares the tests of full and failing devices. */
export function errorsContract(declare: Declare): void {
  declare("errors: a full disk is reported as WAL_NO_SPACE", async (run) => {
    const limitSpace = needLimitSpace(run);
    await putFile(run.storage, segmentName(1), pattern(1000), { durable: true });
    await limitSpace(300_000);
    const outcome = await outcomeOf(async () => {
      const file = await run.storage.create(segmentName(2));
      // A megabyte in pieces: a device may buffer a while before it notices.
      for (let at = 0; at < 1 << 20; at += 65_536) {
        await file.write(pattern(65_536), at);
        await file.sync();
      }
    });
    expect("error" in outcome, "a write beyond the space must reject");
    expectEqual(asWalError(outcome.error, "write").code, "WAL_NO_SPACE", "the error's code");
    expectBytes(await contentOf(run.storage, segmentName(1)), pattern(1000), "an older file");
  });

  declare("errors: a failed write rejects", async (run) => {
    const failNext = needFailNext(run);
    const file = await run.storage.create(segmentName(1));
    await file.write(pattern(100), 0);
    await failNext("write");
    await expectRejection(() => file.write(pattern(100), 100), "write on a failing device");
    expectBytes(await readExactly(file, 100, 0), pattern(100), "what was written before");
    await file.close();
  });

  declare("errors: a failed read rejects and is not the end of the file", async (run) => {
    const failNext = needFailNext(run);
    await putFile(run.storage, segmentName(1), pattern(100));
    const file = await run.storage.open(segmentName(1));
    await failNext("read");
    await expectRejection(() => file.read(new Uint8Array(10), 0), "read on a failing device");
    await file.close();
  });

  declare("errors: a failed sync rejects", async (run) => {
    const failNext = needFailNext(run);
    const file = await run.storage.create(segmentName(1));
    await file.write(pattern(100), 0);
    await failNext("sync");
    await expectRejection(() => file.sync(), "sync on a failing device");
    await file.close();
  });

  declare("errors: a failed directory sync rejects", async (run) => {
    const failNext = needFailNext(run);
    const file = await run.storage.create(segmentName(1));
    await file.close();
    await failNext("syncDirectory");
    await expectRejection(() => run.storage.syncDirectory(), "syncDirectory on a failing device");
  });
}
