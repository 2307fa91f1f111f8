/** The fields the hex view colours are those of docs/format.md, name for name and byte for byte. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { frameHeader, markBody, sealBody, segmentHeader } from "../src/views/inside/layout.ts";
import type { Field } from "../src/views/inside/layout.ts";

const document = readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8");

/** Rows of the first table of fields under a heading: offset, size, name. */
function tableUnder(heading: string): string[] {
  const section = document.split(`\n${heading}\n`)[1]?.split(/\n#{2,3} /u)[0] ?? "";
  return [...section.matchAll(/^\| (\d+) +\| (\d+) +\| `([^`]+)`/gmu)].map(
    ([, offset, size, name]) => `${offset} ${size} ${name}`,
  );
}

function rows(fields: readonly Field[]): string[] {
  return fields.map(({ at, size, name }) => `${at} ${size} ${name}`);
}

describe("the layout of the hex view", () => {
  test.each([
    ["### Header", segmentHeader],
    ["## 2. Frames", frameHeader],
    ["### Mark (type 2)", markBody],
    ["### Seal (type 3)", sealBody],
  ] as const)("%s", (heading, fields) => {
    expect(tableUnder(heading).length).toBeGreaterThan(0);
    expect(rows(fields)).toEqual(tableUnder(heading));
  });
});
