/**
 * Where a document names a test (`path › title`, with the titles of the blocks around it before it),
 * that test exists: the file is there and has string literals that give these titles.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeSpansOf, readDocuments, root } from "./documents.ts";

const documents = readDocuments();
const named = documents.flatMap((document) =>
  codeSpansOf(document)
    .filter((span) => / › /u.test(span))
    .map((span) => [document.path, span] as const),
);

/** Titles a file's literals can give: placeholders of `test.each` and of templates stand for anything. */
function titlePatterns(source: string): RegExp[] {
  const literals = source.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/gu);
  return [...literals].map(([, plain, template]) => {
    const parts = (plain ?? template ?? "").split(/\$\{[^}]*\}|%[sidjfp#%]|\$[a-z][\w.]*/iu);
    return new RegExp(`^${parts.map(escaped).join(".+")}$`, "u");
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}

function missing(span: string): string | undefined {
  const [path = "", ...titles] = span.split(" › ");
  if (!path.endsWith(".test.ts") || !existsSync(join(root, path))) return `${path} is not there`;
  // A pattern of nothing but a placeholder would accept every title.
  const patterns = titlePatterns(readFileSync(join(root, path), "utf8")).filter(
    ({ source }) => source.replaceAll(/[.+^$]/gu, "") !== "",
  );
  const unknown = titles.find((title) => !patterns.some((pattern) => pattern.test(title)));
  return unknown === undefined ? undefined : `${path} has no "${unknown}"`;
}

test("documents name tests", () => {
  expect(named.length).toBeGreaterThan(20);
});

test.each(documents.map(({ path }) => path))("the tests named in %s exist", (path) => {
  const spans = named.filter(([document]) => document === path).map(([, span]) => span);
  expect(spans.flatMap((span) => missing(span) ?? [])).toEqual([]);
});

describe("the check", () => {
  test("accepts titles with values in the place of their placeholders", () => {
    expect(missing("tools/docs/links.test.ts › the links of README.md lead somewhere")).toBe(
      undefined,
    );
    expect(
      missing("tools/docs/links.test.ts › the check › sees missing headings and missing files"),
    ).toBe(undefined);
  });

  test.each([
    ["tools/docs/links.test.ts › the check › sees what nobody wrote", "has no"],
    ["tools/docs/nowhere.test.ts › the check", "is not there"],
  ])("refuses %s", (span, reason) => {
    expect(missing(span)).toContain(reason);
  });
});
