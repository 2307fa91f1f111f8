/** Real power cuts under a real log; STRIA_CUTS sets how many. Skipped where nothing can be mounted. */
import { expect, test } from "vitest";
import { countOf, seedOf } from "../src/numbers.mjs";
import { runTool } from "./run-tool.ts";

const cuts = countOf("STRIA_CUTS", process.env["STRIA_CUTS"] ?? "6");
const seed = seedOf(process.env["STRIA_SEED"]);
const patience = { timeout: 600_000 };

test("a power cut at any moment costs no acknowledged record", patience, async ({ skip }) => {
  const { output, skipped } = await runTool("power-cut.mjs", [`--cuts=${cuts}`, `--seed=${seed}`]);
  skip(skipped !== undefined, skipped);
  // The control: records are gone, or so many names with them that opening refuses what is left.
  expect(output).toMatch(
    /without syncs: (LSN \d+ was promised, the log ends with \d+|segment \S+: the log's other segments are missing)/u,
  );
  expect(output).toContain(`power-cut passed: {"cuts":${cuts},`);
});
