/**
 * Callers that append at their own pace while groups are written and built, and every other call between them:
 * each record is there once, for readers, for replicas and after the next open.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CommittedFrame, Wal, type WalRecord, memoryStorage } from "../src/index.ts";
import { FakeCipher } from "./support/fake-cipher.ts";
import { block, quiet, records } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const between: readonly ((wal: Wal) => Promise<unknown>)[] = [
  (wal) => wal.checkpoint(wal.durableLsn),
  (wal) => wal.flush(),
  (wal) => wal.rotateKey(),
  (wal) => wal.backup(memoryStorage()),
  async (wal) => {
    const { durableLsn } = wal;
    const found = lsnsOf(await records(wal, { from: wal.firstLsn }));
    expect(found).toEqual(range(found[0] ?? 1, found.length + (found[0] ?? 1) - 1));
    expect(found.at(-1) ?? 0).toBeGreaterThanOrEqual(durableLsn);
  },
  (wal) => wal.appendBatch([block(1, 300), block(2, 300), block(3, 300)]),
];

test(
  "however calls interleave, every record is there once, in order, and in a segment that holds it",
  { timeout: 60_000 },
  async () => {
    const step = fc.record({ call: fc.constantFrom(...between), turns: fc.nat(6) });
    const delays = fc.array(fc.nat(4), { minLength: 5, maxLength: 5 });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), delays, interleaved), {
      numRuns: 60,
    });
  },
);

async function interleaved(
  steps: readonly { call: (wal: Wal) => Promise<unknown>; turns: number }[],
  delays: readonly number[],
): Promise<void> {
  const storage = new TestStorage();
  let turn = 0;
  storage.pace = async () => {
    for (let i = delays[turn++ % delays.length]!; i > 0; i--) await quiet();
  };
  const segmentBytes = 24 * 1024;
  const cipher = new FakeCipher([{ id: "a", secret: 1 }]);
  const wal = await Wal.open({ storage, frameBytes: 512, segmentBytes, cipher });
  const frames: CommittedFrame[] = [];
  wal.onDurable((some) => frames.push(...some));
  const writers = [0, 1, 2, 3, 5].map((turns) => endless(wal, turns));
  try {
    for (const { call, turns } of steps) {
      for (let i = turns; i > 0; i--) await quiet();
      await call(wal);
    }
  } finally {
    for (const writer of writers) writer.stop();
  }
  await Promise.all(writers.map(({ ended }) => ended));
  const last = wal.durableLsn;
  expect(lsnsOf(await records(wal))).toEqual(range(wal.firstLsn, last));
  const replicated = frames.flatMap(({ firstLsn, lastLsn }) => range(firstLsn, lastLsn));
  expect(replicated).toEqual(range(1, last));
  await wal.close();
  for (const name of await storage.list()) {
    const file = await storage.open(name);
    expect(await file.size()).toBeLessThanOrEqual(segmentBytes);
    await file.close();
  }
  storage.pace = undefined;
  const again = await Wal.open({ storage, cipher });
  expect(again.durableLsn).toBe(last);
  await again.close();
}

/** A caller that appends its next record when the last one is durable, at once or some turns later. */
function endless(wal: Wal, turns: number): { stop: () => void; ended: Promise<void> } {
  let stopped = false;
  const write = async (): Promise<void> => {
    for (let n = 0; !stopped; n++) {
      await wal.append(block(n, n % 3 === 0 ? 900 : 300));
      for (let i = n % (turns + 1); i > 0; i--) await quiet();
    }
  };
  const ended = write();
  ended.catch(() => {
    // Looked at when it is stopped; until then a failure must not count as unhandled.
  });
  return { stop: () => (stopped = true), ended };
}

function lsnsOf(found: readonly WalRecord[]): number[] {
  return found.map(({ lsn }) => lsn);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
