/** Crashes at storage operations of random scripts, in the modes whose appends wait for the sync. */
import { test } from "vitest";
import { exploreMode, patience } from "./explore.ts";

test.each(["synchronous", "group-commit"] as const)(
  "in mode %s no crash breaks a promise",
  patience,
  async (mode) => {
    await exploreMode(mode);
  },
);
