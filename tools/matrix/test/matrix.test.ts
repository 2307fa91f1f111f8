/** The table of the README is what was recorded, and what was recorded is what there is. */
import { expect, test } from "vitest";
import { missing, runtimeNames, runtimeOf } from "../../deaths/src/runtimes.mjs";
import { readResults, table, tableInReadme } from "../src/results.mjs";
import { probe } from "../src/try-runtime.mjs";

const results = readResults();

test("the README's table is made from the recorded results", () => {
  expect(tableInReadme()).toBe(table(results));
  expect(Object.keys(results.runtimes)).toEqual([...runtimeNames]);
});

test.for(runtimeNames)("%s has what is recorded of it", async (name, { skip }) => {
  const runtime = runtimeOf(name);
  const recorded = results.runtimes[name];
  const reason = missing(runtime);
  skip(reason !== undefined, reason);
  const seen = await probe(runtime, 1);
  // The first column is about the oldest Node; whoever runs the tests with a newer one has its column, too.
  const major = (version = "") => version.split(".")[0];
  skip(major(recorded?.version) !== major(seen.version), `this is Node ${seen.version}`);
  expect(seen.features).toEqual(recorded?.features);
  expect(seen.contract).toEqual(recorded?.contract);
  expect(seen.crashes).toBeGreaterThan(0);
});
