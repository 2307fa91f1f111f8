/** The core's README lists every error code there is, in the words of the code's own table. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./documents.ts";

/** Rows of a table whose first cell is a code: cells without padding. */
function codeRows(text: string): string[][] {
  return [...text.matchAll(/^(?: \* )?\| (`WAL_\w+` .*)\|$/gmu)].map((match) =>
    match[1]!.split("|").map((cell) => cell.trim()),
  );
}

const source = readFileSync(join(root, "packages/core/src/errors.ts"), "utf8");
const readme = readFileSync(join(root, "packages/core/README.md"), "utf8");

test("the README has the table of errors.ts", () => {
  expect(codeRows(readme)).toEqual(codeRows(source));
});

test("every code is in the table", () => {
  const codes = [...source.matchAll(/^ {2}\| "(WAL_\w+)"/gmu)].map((match) => `\`${match[1]}\``);
  expect(codes.length).toBeGreaterThan(10);
  expect(codeRows(source).map(([code]) => code)).toEqual(codes);
});
