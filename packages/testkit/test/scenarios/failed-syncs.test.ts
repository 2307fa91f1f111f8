/**
 * Stories of syncs that failed before a kill: the cache shows what the disk does not have, the next life
 * believes it, and then the power goes. Each was a bug once.
 */
import { isWalError } from "@stria/core";
import { expect, test } from "vitest";
import { SimulatedStorage } from "../../src/index.ts";
import { appendTo, openOn } from "../support/log-images.ts";

/** The next sync of a file fails, and nothing of it reaches the disk. */
function failNextSync(storage: SimulatedStorage): void {
  const fault = { kind: "error", done: "nothing", cache: "kept" } as const;
  storage.faults.add({ on: "sync", fault });
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("the seal was only in the cache: the next segment must not begin behind it", async () => {
  // Closing failed at the seal's sync. The next life saw a cleanly sealed segment, named the end of the
  // seal as its own beginning, acknowledged records, and lost all of them with the seal.
  const first = new SimulatedStorage({ seed: 1 });
  const wal = await openOn(first);
  await appendTo(wal, 5);
  failNextSync(first);
  expect(isWalError(await failure(wal.close()))).toBe(true);
  const second = first.kill();
  const again = await openOn(second);
  expect(again.durableLsn).toBe(5);
  await appendTo(again, 7);
  const third = second.powerCut({ style: "nothing" });
  const recovered = await openOn(third);
  expect(recovered.durableLsn).toBe(7);
  await recovered.close();
});

test("a checkpoint's mark was only in the cache: opening makes it durable before it shows it", async () => {
  // The checkpoint was refused, but its mark could be read after the kill. The next life showed the new
  // checkpoint, the power went, and the checkpoint moved back.
  const first = new SimulatedStorage({ seed: 2 });
  const wal = await openOn(first);
  await appendTo(wal, 12);
  failNextSync(first);
  expect(isWalError(await failure(wal.checkpoint(10)))).toBe(true);
  const second = first.kill();
  const again = await openOn(second);
  const shown = again.checkpointLsn;
  expect(shown).toBe(10);
  const third = second.powerCut({ style: "nothing" });
  const recovered = await openOn(third);
  expect(recovered.checkpointLsn).toBe(shown);
  expect(recovered.durableLsn).toBe(12);
  await recovered.close();
});

test("the records of a failed sync were only in the cache: they are durable once they are shown", async () => {
  const first = new SimulatedStorage({ seed: 3 });
  const wal = await openOn(first);
  await appendTo(wal, 3);
  failNextSync(first);
  expect(isWalError(await failure(appendTo(wal, 4)))).toBe(true);
  const second = first.kill();
  const again = await openOn(second);
  const shown = again.durableLsn;
  expect(shown).toBe(4);
  const recovered = await openOn(second.powerCut({ style: "nothing" }));
  expect(recovered.durableLsn).toBe(shown);
  await recovered.close();
});
