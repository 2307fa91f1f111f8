/** Crashes at storage operations of random scripts, in the modes whose appends resolve when buffered. */
import { test } from "vitest";
import { exploreMode, patience } from "./explore.ts";

test.each(["async", "async-batched"] as const)(
  "in mode %s no crash breaks a promise",
  patience,
  async (mode) => {
    await exploreMode(mode);
  },
);
