/** The list of deliberate mistakes is true, and the durability page shows what became of each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readControlsTable } from "../../scripts/controls-table.mjs";
import { mutations } from "../../scripts/mutations.mjs";
import { root } from "../../scripts/setup.mjs";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("there are at least 25, each with a name of its own", () => {
  expect(mutations.length).toBeGreaterThanOrEqual(25);
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
});

describe.each(mutations)("$name", ({ name, breaks, file, edits, test: tests }) => {
  test("matches the core once", () => {
    let source = read(join("packages/core/src", file));
    for (const [from, to] of edits) {
      expect(source.split(from).length - 1, `on ${from}`).toBe(1);
      source = source.replace(from, () => to);
    }
  });

  test("stands in the table with the test that saw it", () => {
    const row = readControlsTable().find((one) => one.name === name);
    expect(row?.breaks).toBe(breaks);
    expect(row?.test.split(" › ")[0]).toBe(tests);
  });
});

test("the table has no other rows", () => {
  const known = new Set(mutations.map(({ name }) => name));
  expect(readControlsTable().filter(({ name }) => !known.has(name))).toEqual([]);
});
