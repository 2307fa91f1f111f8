/** Shows that each tidy rule catches what it is for, and lets through what looks alike. */
import { describe, expect, test } from "vitest";
import { undocumentedExports } from "./docblocks.ts";
import { noAny, noSuppression, noSwallowedError } from "./escape-hatches.ts";
import { coreGlobals } from "./globals.ts";
import { packageImports, stageOrder } from "./imports.ts";
import { fileLength, maxLines, noMachinePaths, noNotesToSelf } from "./leftovers.ts";
import type { Rule, SourceFile } from "./source-file.ts";

const core = "packages/core/src";

/** Rule, path, text. */
type Case = [rule: Rule, path: string, text: string];

const broken: Case[] = [
  [packageImports, `${core}/a.ts`, `import { readFile } from "node:fs";`],
  [packageImports, `${core}/a.ts`, `export const a = import("node:fs");`],
  [packageImports, `${core}/a.ts`, `export type A = import("node:buffer").Buffer;`],
  [packageImports, `${core}/a.ts`, `export * from "@stria/encryption";`],
  [packageImports, `${core}/a.ts`, `import "../../node-fs/src/index.ts";`],
  [packageImports, "packages/node-fs/src/a.ts", `import "@stria/encryption";`],
  [packageImports, "packages/node-fs/src/a.ts", `import "@stria/core/src/wal.ts";`],
  [packageImports, "packages/browser-opfs/src/a.ts", `import "node:path";`],
  [packageImports, "packages/browser-opfs/src/a.ts", `import "@stria/node-fs";`],
  [packageImports, "packages/testkit/src/a.ts", `import { test } from "vitest";`],
  [packageImports, "packages/testkit/src/a.ts", `import { test } from "node:test";`],
  [packageImports, "packages/encryption/src/a.ts", `import "@stria/node-fs";`],
  [packageImports, "packages/cli/src/a.ts", `import "@stria/core/src/wal.ts";`],
  [stageOrder, `${core}/format/a.ts`, `import "../storage.ts";`],
  [stageOrder, `${core}/format/a.ts`, `import "../append/stripe.ts";`],
  [stageOrder, `${core}/append/a.ts`, `import "../commit/flusher.ts";`],
  [stageOrder, `${core}/commit/a.ts`, `import type { Wal } from "../wal.ts";`],
  [stageOrder, `${core}/recovery/a.ts`, `import "../retention/checkpoint.ts";`],
  [stageOrder, `${core}/helpers/a.ts`, `export const a = 1;`],
  [coreGlobals, `${core}/a.ts`, `process.exit(1);`],
  [coreGlobals, `${core}/a.ts`, `export const a: Buffer = b;`],
  [coreGlobals, `${core}/a.ts`, `setTimeout(run, 1);`],
  [coreGlobals, `${core}/a.ts`, `(globalThis as unknown as Host).setTimeout(run, 1);`],
  [coreGlobals, `${core}/a.ts`, `declare const window: unknown;`],
  [coreGlobals, `${core}/a.ts`, `export const a = { Date };`],
  [coreGlobals, `${core}/a.ts`, `export const a = Date.now();`],
  [coreGlobals, `${core}/a.ts`, `export const a = Math.random();`],
  [noAny, "scripts/a.ts", `export const a = b as any;`],
  [noAny, "scripts/a.ts", `export const a: Array<any> = [];`],
  [noSuppression, "scripts/a.ts", `// @ts-expect-error it is wrong\nexport const a = 1;`],
  [noSuppression, "scripts/a.ts", `/* eslint-disable no-console */`],
  [noSuppression, "scripts/a.ts", `// oxlint-disable-next-line no-console\nconsole.log();`],
  [noSwallowedError, "scripts/a.ts", `try { run(); } catch {}`],
  [noSwallowedError, "scripts/a.ts", `run().catch(() => {});`],
  [noNotesToSelf, "scripts/a.ts", `// TODO: later`],
  [noNotesToSelf, "scripts/a.ts", `/** Adds. FIXME wrong for 0 */\nexport const a = 1;`],
  [fileLength, "scripts/a.ts", "export {};\n".repeat(maxLines + 1)],
  [noMachinePaths, "docs/a.md", ["run it in ", "work", "main"].join("/")],
  [noMachinePaths, "docs/a.md", ["see ", "home", "ann", "x"].join("/")],
  [noMachinePaths, ".ci/run", ["https:", "", ["registry", "npmjs.org"].join(".")].join("/")],
];

const sound: Case[] = [
  [packageImports, `${core}/a.ts`, `import crc from "crc-32"; import "./b.ts";`],
  [packageImports, "packages/node-fs/src/a.ts", `import "node:fs"; import "@stria/core";`],
  [packageImports, "packages/core/test/a.ts", `import { test } from "vitest";`],
  [stageOrder, `${core}/commit/a.ts`, `import "../append/stripe.ts"; import "../errors.ts";`],
  [stageOrder, `${core}/format/a.ts`, `import "../errors.ts"; import "./bytes.ts";`],
  [coreGlobals, `${core}/clock.ts`, `setTimeout(run, 1);`],
  [coreGlobals, `${core}/a.ts`, `clock.setTimeout(run); export const a = { process: 1 };`],
  [coreGlobals, `${core}/a.ts`, `const { crypto = 1, a: [fetch] } = b; crypto(fetch);`],
  [coreGlobals, `${core}/a.ts`, `export const f = (self: number) => self;`],
  [coreGlobals, `${core}/a.ts`, `/** Not even Buffer or process. */ export const a = "window";`],
  [coreGlobals, "packages/node-fs/src/a.ts", `process.exit(1);`],
  [noAny, "scripts/a.ts", `/** any */ export const any: unknown = 1;`],
  [noSuppression, "scripts/a.ts", `// the linter would disable this`],
  [noSwallowedError, "scripts/a.ts", `try { run(); } catch { /* ENOENT: it is gone already */ }`],
  [noNotesToSelf, "scripts/a.ts", `export const a = "TODO";`],
  [fileLength, "scripts/a.ts", "export {};\n".repeat(maxLines)],
  [noMachinePaths, "docs/a.md", "see ./home/ann/x and src/home/ann/x"],
];

describe("tidy rules", () => {
  test.each(broken)("%o catches %s: %s", (rule, path, text) => {
    expect(rule({ path, text })).not.toEqual([]);
  });

  test.each(sound)("%o lets through %s: %s", (rule, path, text) => {
    expect(rule({ path, text })).toEqual([]);
  });

  test("a finding names file and line", () => {
    const [found] = noAny({ path: "scripts/a.ts", text: "const a = 1;\nconst b: any = a;\n" });
    expect(found).toMatchObject({ path: "scripts/a.ts", line: 2 });
  });

  test("a file that cannot be parsed is an error, not a pass", () => {
    expect(() => noAny({ path: "scripts/a.ts", text: "const = ;" })).toThrow(SyntaxError);
  });
});

describe("undocumented exports", () => {
  const index = (text: string): SourceFile => ({ path: `${core}/index.ts`, text });
  const run = (entry: SourceFile, others: Record<string, string> = {}): string[] => {
    const files = Object.entries(others).map(([name, text]) => ({ path: `${core}/${name}`, text }));
    const byPath = new Map([entry, ...files].map((file) => [file.path, file]));
    return undocumentedExports(entry, byPath).map(({ path, message }) => `${path}: ${message}`);
  };

  test("are found behind named, renamed, type and star re-exports", () => {
    const entry = index(
      `export { a as A } from "./a.ts"; export type { T } from "./t.ts"; export * from "./s.ts";`,
    );
    const found = run(entry, {
      "a.ts": `/** The file. */\nimport "./t.ts";\nexport const a = 1;`,
      "t.ts": `export interface T {}`,
      "s.ts": `export { deep } from "./deep.ts";`,
      "deep.ts": `// not a docblock\nexport function deep(): void {}`,
    });
    expect(found.map((line) => line.split(": ")[0])).toEqual([
      `${core}/a.ts`,
      `${core}/t.ts`,
      `${core}/deep.ts`,
    ]);
  });

  test("are found in the index itself, and where the target is missing", () => {
    expect(run(index(`export const a = 1; export { b } from "./gone.ts";`))).toHaveLength(2);
  });

  test("documented ones pass, overloads by any of their signatures", () => {
    const entry = index(`export { a, T } from "./a.ts"; export { x } from "elsewhere";`);
    const text = `/** Adds. */\nexport function a(x: 1): void;\nexport function a(x: 2): void;
/** A type. */\ninterface T {}\nexport type { T };`;
    expect(run(entry, { "a.ts": text })).toEqual([]);
  });
});
