/** The log itself on this storage: many short lives, kills and a small pool. */
import { Wal } from "@stria/core";
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
