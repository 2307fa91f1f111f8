/** Every relative link of every document leads to a file that is there, and to a heading of it. */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { type Document, anchorsOf, linksOf, readDocuments, root } from "./documents.ts";

const documents = readDocuments();
const byPath = new Map(documents.map((document) => [document.path, document]));

/** What is wrong with a link of a document, if anything. */
function broken(document: Document, link: string): string | undefined {
  if (/^[a-z]+:/u.test(link)) return undefined;
  const [file = "", anchor] = link.split("#");
  const folder = posix.dirname(document.path);
  const path = file === "" ? document.path : posix.join(folder, decodeURIComponent(file));
  if (path.startsWith("..")) return `${link} leaves the repository`;
  if (!existsSync(join(root, path))) return `${link} is not there`;
  if (anchor === undefined) return undefined;
  const target = byPath.get(path);
  if (target === undefined) return `${link}: no document has anchors there`;
  return anchorsOf(target).has(anchor) ? undefined : `${link} has no such heading`;
}

test.each(documents.map((document) => [document.path, document] as const))(
  "the links of %s lead somewhere",
  (_path, document) => {
    expect(linksOf(document).flatMap((link) => broken(document, link) ?? [])).toEqual([]);
  },
);

describe("the check", () => {
  const text =
    "# One `two`, three\n\n## Same\n\n## Same\n\n[a](#one-two-three) [b](#same-1) [c](#no)";
  const page: Document = { path: "README.md", text: `${text}\n[d](none.md) [e](docs/format.md#x)` };

  test("knows headings as GitHub names them", () => {
    expect([...anchorsOf(page)]).toEqual(["one-two-three", "same", "same-1"]);
  });

  test("sees missing headings and missing files", () => {
    byPath.set(page.path, page);
    expect(linksOf(page).filter((link) => broken(page, link) !== undefined)).toEqual([
      "#no",
      "none.md",
      "docs/format.md#x",
    ]);
  });
});
