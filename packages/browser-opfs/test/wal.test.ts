/** The log itself on this storage: many short lives, kills and a small pool. */
import { Wal } from "@stria/core";
import type { WalError } from "@stria/core";
import { expect, test } from "vitest";
import { storageOn } from "../src/opfs-storage.ts";
import type { OpfsStorage } from "../src/opfs-storage.ts";
import { FakeOrigin } from "./support/fake-origin.ts";

function storageIn(origin: FakeOrigin): OpfsStorage {
  return storageOn(() => origin.platform(), "wal", { slotBytes: 262_144, maxSlots: 12 });
}

async function lsnsIn(wal: Wal): Promise<number[]> {
  const lsns: number[] = [];
  for await (const { lsn } of wal.read({ from: 1 })) lsns.push(lsn);
  return lsns;
}

test("a log lives through closes and kills, and every acknowledged record is there", async () => {
  const origin = new FakeOrigin();
  const acknowledged: number[] = [];
  for (let life = 0; life < 40; life += 1) {
    const wal = await Wal.open({ storage: storageIn(origin) });
    acknowledged.push(await wal.append(new Uint8Array(500).fill(life)));
    if (life % 8 === 0) origin.kill();
    else await wal.close();
  }
  const wal = await Wal.open({ storage: storageIn(origin) });
  expect(await lsnsIn(wal)).toEqual(acknowledged);
  await wal.close();
});

test("a log rotates through more segments than there are slots when it is checkpointed", async () => {
  const origin = new FakeOrigin();
  const wal = await Wal.open({ storage: storageIn(origin), keepSegments: 2 });
  let lsn = 0;
  for (let record = 0; record < 80; record += 1) {
    lsn = await wal.append(new Uint8Array(50_000));
    if (record % 10 === 9) await wal.checkpoint(lsn);
  }
  await wal.close();
  const again = await Wal.open({ storage: storageIn(origin) });
  expect(again.durableLsn).toBe(lsn);
  await again.close();
});

/** Appends until the log refuses, 20 kB a time; resolves to the code. */
async function fill(wal: Wal, acknowledged: number[]): Promise<string> {
  try {
    for (;;) acknowledged.push(await wal.append(new Uint8Array(20_000)));
  } catch (error) {
    await wal.close();
    return (error as WalError).code;
  }
}

test("a full log is opened again as it is, freed by a checkpoint alone, and takes records again", async () => {
  const origin = new FakeOrigin();
  const acknowledged: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    const full = await Wal.open({ storage: storageIn(origin) });
    expect(await fill(full, acknowledged)).toBe("WAL_NO_SPACE");
    // Once more, without a checkpoint: nothing is gained, and nothing lost.
    const still = await Wal.open({ storage: storageIn(origin) });
    expect(await fill(still, acknowledged)).toBe("WAL_NO_SPACE");
    const wal = await Wal.open({ storage: storageIn(origin) });
    expect(wal.durableLsn).toBe(acknowledged.at(-1));
    await wal.checkpoint(wal.durableLsn);
    expect(await wal.append(new Uint8Array(20_000))).toBe(wal.durableLsn);
    acknowledged.push(wal.durableLsn);
    await wal.close();
  }
  expect(acknowledged).toEqual(Array.from(acknowledged, (_, at) => at + 1));
});

test("a log that is killed again and again while it is full can be opened and checkpointed", async () => {
  const origin = new FakeOrigin();
  let newest = 0;
  const refusals: unknown[] = [];
  for (let life = 0; life < 60; life += 1) {
    const wal = await Wal.open({ storage: storageIn(origin) });
    // More than an opening repeats whole, and the last of it with nothing behind that vouches for it.
    for (let record = 0; record < 6; record += 1) {
      await wal.append(new Uint8Array(20_000)).then(
        (lsn) => (newest = lsn),
        (error: unknown) => refusals.push(error),
      );
    }
    origin.kill();
  }
  expect(refusals[0]).toMatchObject({ code: "WAL_NO_SPACE" });
  const wal = await Wal.open({ storage: storageIn(origin) });
  expect(wal.durableLsn).toBeGreaterThanOrEqual(newest);
  await wal.checkpoint(wal.durableLsn);
  await wal.append(new Uint8Array(20_000));
  await wal.close();
});

test("a full log is freed even if it is killed in the middle of the checkpoint, three times", async () => {
  for (let operations = 1; ; operations += 1) {
    const origin = new FakeOrigin();
    const acknowledged: number[] = [];
    await fill(await Wal.open({ storage: storageIn(origin) }), acknowledged);
    let isDone = false;
    for (let life = 0; life < 3; life += 1) {
      const wal = await Wal.open({ storage: storageIn(origin) });
      origin.operationsLeft = operations;
      isDone = await wal.checkpoint(wal.durableLsn).then(
        () => true,
        () => false,
      );
      origin.kill();
      origin.lightUp();
    }
    const next = await Wal.open({ storage: storageIn(origin) });
    expect(next.durableLsn).toBe(acknowledged.at(-1));
    await next.checkpoint(next.durableLsn);
    await next.append(new Uint8Array(20_000));
    await next.close();
    if (isDone) return;
  }
});
