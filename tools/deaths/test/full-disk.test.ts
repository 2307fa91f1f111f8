/** A full disk in the middle of a group; STRIA_FULL_DISKS sets how many. Skipped where nothing can be mounted. */
import { expect, test } from "vitest";
import { countOf, seedOf } from "../src/numbers.mjs";
import { runTool } from "./run-tool.ts";

const rounds = countOf("STRIA_FULL_DISKS", process.env["STRIA_FULL_DISKS"] ?? "4");
const seed = seedOf(process.env["STRIA_SEED"]);
const patience = { timeout: 600_000 };

test(
  "a full disk is told clearly, costs nothing, and the log goes on when there is space",
  patience,
  async ({ skip }) => {
    const args = [`--rounds=${rounds}`, `--seed=${seed}`];
    const { output, skipped } = await runTool("full-disk.mjs", args);
    skip(skipped !== undefined, skipped);
    expect(output).toContain(`full-disk passed: {"rounds":${rounds},`);
  },
);
