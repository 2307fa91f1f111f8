/** Documents become pages without changing what they say, and every document is on the site. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addressOf, pageOf } from "./documents.mjs";
import { pages, root } from "./pages.mjs";

describe("pages", () => {
  test.each(pages.map(({ source }) => source))("%s is there", (source) => {
    expect(existsSync(join(root, source))).toBe(true);
  });

  test.each(["docs", "docs/adr", "docs/guide"])("every document in %s is on the site", (folder) => {
    const documents = readdirSync(join(root, folder))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`);
    const shown = new Set(pages.map(({ source }) => source));
    expect(documents.filter((source) => !shown.has(source))).toEqual([]);
  });

  test("every package is on the site", () => {
    const shown = new Set(pages.map(({ source }) => source));
    const packages = readdirSync(join(root, "packages")).filter((name) =>
      existsSync(join(root, "packages", name, "README.md")),
    );
    expect(packages.filter((name) => !shown.has(`packages/${name}/README.md`))).toEqual([]);
  });

  test("no two documents have one address", () => {
    expect(new Set(pages.map(({ page }) => page)).size).toBe(pages.length);
  });
});

describe("links of a document", () => {
  test.each([
    ["docs/guide/start.md", "recovery.md", "/guide/recovery"],
    ["docs/guide/start.md", "../durability.md#x", "/internals/durability#x"],
    ["README.md", "packages/core", "/packages/core"],
    ["README.md", "packages/core/", "/packages/core"],
    ["docs/architecture.md", "guide/README.md", "/guide/"],
    ["docs/architecture.md", "#decisions", "#decisions"],
    ["docs/architecture.md", "../tools/tidy/imports.ts", undefined],
  ])("in %s %s leads to %s", (source, link, address) => {
    expect(addressOf(source, link)).toBe(address);
  });

  test("are rewritten in prose, kept in code, and become text where there is no page", () => {
    const text = [
      "[a](recovery.md) [`b`](../format.md#x) [c](../../packages/core/src/storage.ts) [d](https://x.test/)",
      "```ts run",
      "f[a](recovery.md)",
      "```",
      "![p](pictures/stripe.svg)",
    ].join("\n");
    expect(pageOf("docs/guide/start.md", text).split("\n")).toEqual([
      "[a](/guide/recovery) [`b`](/internals/format#x) c [d](https://x.test/)",
      "```ts",
      "f[a](recovery.md)",
      "```",
      "![p](/pictures/stripe.svg)",
    ]);
  });

  test("are all the normative page loses: its text is the document's", () => {
    const text = readFileSync(join(root, "docs/format.md"), "utf8");
    const plain = (markdown: string): string =>
      markdown
        .replaceAll(/\]\([^)\s]*\)/gu, "]")
        .replaceAll(/[[\]]/gu, "")
        .replaceAll(/^```.*$/gmu, "");
    expect(plain(pageOf("docs/format.md", text))).toBe(plain(text));
  });
});
