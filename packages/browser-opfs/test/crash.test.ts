/**
 * Random histories of verbs, faults, kills and power cuts on the fake origin. After every ending the
 * storage must open (a legal crash is never damage) and hold what it had promised.
 */
import { assert, asyncProperty, array, constant, integer, nat, oneof, record } from "fast-check";
import type { Arbitrary } from "fast-check";
import { test } from "vitest";
import type { OpfsStorageOptions } from "../src/options.ts";
import { FakeOrigin } from "./support/fake-origin.ts";
import { History } from "./support/history.ts";
import type { Step } from "./support/history.ts";

const slotBytes = 131_072;

const onFile = (verb: "sync" | "cut" | "remove"): Arbitrary<Step> =>
  record({ do: constant(verb), file: nat(7) });

const append: Arbitrary<Step> = record({
  do: constant("append"),
  file: nat(7),
  bytes: integer({ min: 1, max: 50_000 }),
  gap: oneof(constant(0), integer({ min: 0, max: 9000 })),
});

const end: Arbitrary<Step> = record({
  do: constant("end"),
  ending: oneof(
    constant("clean" as const),
    constant("killed" as const),
    constant("power cut" as const),
  ),
  dice: nat(),
});

const step: Arbitrary<Step> = oneof(
  { weight: 4, arbitrary: constant<Step>({ do: "create" }) },
  { weight: 8, arbitrary: append },
  { weight: 4, arbitrary: onFile("sync") },
  { weight: 2, arbitrary: onFile("cut") },
  { weight: 3, arbitrary: onFile("remove") },
  { weight: 1, arbitrary: constant<Step>({ do: "syncDirectory" }) },
  { weight: 2, arbitrary: record({ do: constant("wait"), ms: integer({ min: 1, max: 50_000 }) }) },
  {
    weight: 1,
    arbitrary: record({
      do: constant("fault"),
      verb: oneof(constant("write" as const), constant("flush" as const)),
    }),
  },
  {
    weight: 2,
    arbitrary: record({ do: constant("doom"), operations: integer({ min: 1, max: 30 }) }),
  },
  { weight: 3, arbitrary: end },
);

async function histories(origin: () => FakeOrigin, options: OpfsStorageOptions): Promise<void> {
  const property = asyncProperty(array(step, { minLength: 5, maxLength: 40 }), (steps) =>
    new History(origin(), { slotBytes, maxSlots: 12, ...options }).run(steps),
  );
  await assert(property, { numRuns: 400, endOnFailure: false });
}

test("where names survive at once, everything promised is there after any crash", async () => {
  await histories(
    () => {
      const origin = new FakeOrigin();
      origin.youngMs = 0;
      return origin;
    },
    { namesSettleMs: 0 },
  );
}, 60_000);

test("where names survive late, what is said to be safe is, and the rest is whole or absent", async () => {
  await histories(() => new FakeOrigin(), { namesSettleMs: 60_000 });
}, 60_000);
