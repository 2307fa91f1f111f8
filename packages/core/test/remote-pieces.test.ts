/**
 * A host puts a group's records into the stripe in pieces, as they came. Whatever a group is made of, and whatever
 * the log refuses of it, each call learns the LSN of its own record, and the log holds them in the order of the calls.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { block, quiet, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";
import { behindPort } from "./support/behind-port.ts";

/** Appended alone, urgently, or as a batch of three. */
const kinds = ["plain", "plain", "plain", "plain", "urgent", "batch"] as const;
/** Larger than a piece, and (5000) than the log allows. */
const sizes = [0, 1, 100, 128, 128, 700, 3000, 4500, 5000] as const;

const call = fc.record({ kind: fc.constantFrom(...kinds), size: fc.constantFrom(...sizes) });
const setting = fc.record({
  mode: fc.constantFrom("synchronous" as const, "async" as const, "group-commit" as const),
  /** The smallest holds less than a piece. */
  stripeBytes: fc.constantFrom(1024, 8192, 1 << 20),
  /** Between what is appended at the host and the group. */
  turns: fc.nat(8),
});

test("each record has the LSN its call was told", { timeout: 60_000 }, async () => {
  const groups = fc.array(fc.array(call, { minLength: 1, maxLength: 60 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(groups, setting, async (some, { mode, stripeBytes, turns }) => {
      const options = { durability: { mode }, stripeBytes, maxRecordBytes: 4500 } as const;
      const storage = new TestStorage();
      storage.pace = () => quiet();
      const sizing = { segmentBytes: 64 * 1024, frameBytes: 512 };
      const { remote, wal } = await behindPort({ storage, ...options, ...sizing });
      const told = new Map<number, Uint8Array>();
      let count = 0;
      // Others append at the host, and wait for room there before and behind the group.
      const local = async (size: number): Promise<void> => {
        const payload = block(++count, size);
        told.set(await wal.append(payload), payload);
      };
      for (const group of some) {
        const beside = group.map(({ size }) => local(size % 5000));
        for (let turn = turns; turn > 0; turn--) await quiet();
        await Promise.all(
          group.map(async ({ kind, size }) => {
            const payload = block(++count, size);
            if (kind === "batch") {
              const batch = size > 1500 ? [payload] : [payload, payload, payload];
              if (size === 5000) return refused(remote.appendBatch(batch));
              for (const lsn of await remote.appendBatch(batch)) told.set(lsn, payload);
              return;
            }
            const urgently = { durability: "synchronous" } as const;
            const append = remote.append(payload, kind === "urgent" ? urgently : undefined);
            if (size === 5000) return refused(append);
            told.set(await append, payload);
          }),
        );
        await Promise.all(beside);
      }
      await remote.commit();
      let last = 0;
      for await (const { lsn, payload } of wal.read()) {
        expect(lsn).toBe(++last);
        expect(payload).toEqual(told.get(lsn));
      }
      expect(told.size).toBe(last);
      await remote.close();
    }),
    { numRuns: 40 },
  );
});

async function refused(append: Promise<unknown>): Promise<void> {
  expect((await walError(append)).code).toBe("WAL_RECORD_TOO_LARGE");
}
