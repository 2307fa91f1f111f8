/** Contract: one writer a log. The lock excludes, can be taken again after release, and dies with its owner. */
import { expect, expectEqual, expectRejection, outcomeOf } from "./expect.ts";
import { needCrash, needReopen } from "./needs.ts";
import { pattern, putFile, segmentName, segmentNames, type Declare } from "./subject.ts";

/** Declares the tests of `lock`. */
export function lockContract(declare: Declare): void {
  declare("lock: a second writer gets WAL_LOCKED", async ({ storage }) => {
    const lock = await storage.lock();
    await expectRejection(() => storage.lock(), "the second lock", "WAL_LOCKED");
    await lock.release();
  });

  declare("lock: of two at once exactly one succeeds", async ({ storage }) => {
    const outcomes = await Promise.all([0, 1].map(() => outcomeOf(() => storage.lock())));
    const taken = outcomes.filter((outcome) => "value" in outcome);
    expectEqual(taken.length, 1, "locks taken");
  });

  declare("lock: can be taken again after release, many times", async ({ storage }) => {
    for (let i = 0; i < 5; i++) {
      const lock = await storage.lock();
      await lock.release();
    }
  });

  declare("lock: a refused attempt does not disturb the holder", async ({ storage }) => {
    const lock = await storage.lock();
    await expectRejection(() => storage.lock(), "the second lock", "WAL_LOCKED");
    await expectRejection(() => storage.lock(), "the third lock", "WAL_LOCKED");
    await lock.release();
    const next = await storage.lock();
    await next.release();
  });

  declare("lock: releasing twice never frees the next holder's lock", async ({ storage }) => {
    const first = await storage.lock();
    await first.release();
    const second = await storage.lock();
    const again = await outcomeOf(() => first.release());
    expect("value" in again || again.error instanceof Error, "a rejection must be an Error");
    await expectRejection(() => storage.lock(), "a lock while the second is held", "WAL_LOCKED");
    await second.release();
  });

  declare("lock: excludes another storage object on the same place", async (run) => {
    const reopen = needReopen(run);
    const lock = await run.storage.lock();
    const other = await reopen();
    await expectRejection(() => other.lock(), "the other's lock", "WAL_LOCKED");
    await lock.release();
    const taken = await other.lock();
    await expectRejection(() => run.storage.lock(), "the first one's lock", "WAL_LOCKED");
    await taken.release();
  });

  declare("lock: reading needs none", async (run) => {
    const reopen = needReopen(run);
    await putFile(run.storage, segmentName(1), pattern(10));
    const lock = await run.storage.lock();
    const other = await reopen();
    expectEqual((await segmentNames(other)).length, 1, "files seen without the lock");
    await lock.release();
  });

  declare("lock: dies with its owner", async (run) => {
    const crash = needCrash(run);
    await run.storage.lock();
    const after = await crash();
    const lock = await after.lock();
    await expectRejection(() => after.lock(), "a second lock after the crash", "WAL_LOCKED");
    await lock.release();
  });
}
