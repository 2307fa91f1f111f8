/**
 * Nothing that stands in segment files makes a reader throw anything undocumented, loop, or read without
 * bound. `STRIA_FUZZ_RUNS` sets how many inputs are tried, `STRIA_FUZZ_SEED` which; those that once found something, or stand for a
 * kind, are kept in the corpus.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { carriedLog, closedLog, killedLog } from "../support/log-images.ts";
import { applyEdit, type Edit } from "./edits.ts";
import { mustSurvive } from "./survive.ts";

const logs = await Promise.all([closedLog(7, 12), killedLog(12), carriedLog(14)]);
const seed = Number(process.env["STRIA_FUZZ_SEED"] ?? 1);
const numRuns = Number(process.env["STRIA_FUZZ_RUNS"] ?? 150);

/** Numbers that parsers get wrong, and ordinary ones. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 511, 512, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 2 ** 53 - 1),
  fc.nat(64),
);
const small = fc.nat(20);
const place = fc.record({ segment: small, frame: small });
const field = { at: fc.nat(600), bytes: fc.constantFrom(1, 2, 4, 8), value } as const;

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    op: fc.constant("header"),
    segment: small,
    copies: fc.constantFrom("first", "second", "both"),
    ...field,
  }),
  fc.record({ op: fc.constant("frame"), segment: small, frame: small, ...field }),
  fc.record({ op: fc.constant("byte"), segment: small, at: fc.nat(40_000), value: fc.nat(255) }),
  fc.record({ op: fc.constantFrom("move", "adopt"), from: place, to: place }),
  fc.record({ op: fc.constant("truncate"), segment: small, size: fc.nat(40_000) }),
  fc.record({ op: fc.constant("drop"), segment: small }),
) as fc.Arbitrary<Edit>;

test.each(logs)("edits of a $name log", { timeout: 60_000 + numRuns * 200 }, async ({ image }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const damaged = image.clone();
      for (const one of edits) applyEdit(damaged, one);
      await mustSurvive(damaged);
    }),
    { numRuns, seed },
  );
});

/** An input that is kept. */
interface CorpusEntry {
  readonly story: string;
  readonly log: string;
  readonly edits: readonly Edit[];
}

const corpus = JSON.parse(
  readFileSync(new URL("../../corpus/segments.json", import.meta.url), "utf8"),
) as CorpusEntry[];

test.each(corpus)("corpus: $story", async ({ log, edits }) => {
  const found = logs.find(({ name }) => name === log);
  expect(found).toBeDefined();
  const damaged = found?.image.clone();
  if (damaged === undefined) return;
  for (const one of edits) applyEdit(damaged, one);
  await mustSurvive(damaged);
});
