/**
 * Real kills, a few on every run; STRIA_KILLS sets how many on Node, STRIA_KILLS_OTHER on Deno and Bun.
 * Who holds the lock when, between all pairs of runtimes: packages/node-fs/test/lock-runtimes.test.ts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { killStorm } from "../src/kill-storm.mjs";
import { countOf, seedOf } from "../src/numbers.mjs";
import { missing, runtimeOf } from "../src/runtimes.mjs";

const kills = countOf("STRIA_KILLS", process.env["STRIA_KILLS"] ?? "40");
const killsElsewhere = countOf("STRIA_KILLS_OTHER", process.env["STRIA_KILLS_OTHER"] ?? "8");
const seed = seedOf(process.env["STRIA_SEED"]);
const patience = { timeout: 600_000 };

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "stria-storm-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test.for([
  { name: "node", count: kills },
  { name: "deno", count: killsElsewhere },
  { name: "bun", count: killsElsewhere },
])(
  "killed on $name at any moment, a log keeps all it acknowledged",
  patience,
  async (run, { skip }) => {
    const runtime = runtimeOf(run.name);
    const reason = missing(runtime);
    skip(reason !== undefined, reason);
    const tally = await killStorm({ directory: emptyDirectory(), runtime, kills: run.count, seed });
    console.log(`seed ${seed}: ${JSON.stringify(tally)}`);
    expect(tally.kills).toBe(run.count);
    expect(tally.acknowledgements).toBeGreaterThan(0);
  },
);

test("a writer that acknowledges what is only buffered is found out", patience, async () => {
  const storm = killStorm({
    directory: emptyDirectory(),
    runtime: runtimeOf("node"),
    kills: 40,
    seed,
    sabotage: "early",
  });
  await expect(storm).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/LSN \d+ was promised, the log ends with/u) as string },
  });
});
