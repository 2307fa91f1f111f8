/** Holds every rule against the repository as it is; tidy-rules.test.ts shows that the rules bite. */
import { describe, expect, test } from "vitest";
import { undocumentedExports } from "./docblocks.ts";
import { noAny, noSuppression, noSwallowedError } from "./escape-hatches.ts";
import { coreGlobals } from "./globals.ts";
import { packageImports, stageOrder } from "./imports.ts";
import { fileLength, noMachinePaths, noNotesToSelf } from "./leftovers.ts";
import { isCode, readRepository } from "./repository.ts";
import type { Finding, Rule } from "./source-file.ts";

const files = readRepository();
const code = files.filter(({ path }) => isCode(path));

const codeRules: Record<string, Rule> = {
  "packages import what the architecture lets them": packageImports,
  "the stages of the core know only earlier ones": stageOrder,
  "the core names no platform global": coreGlobals,
  "no any": noAny,
  "compiler and linter are not switched off": noSuppression,
  "no error is swallowed": noSwallowedError,
  "nothing is left to do": noNotesToSelf,
  "a file holds one idea": fileLength,
};

/** Findings as a person reads them; a failing test shows them all. */
function readable(findings: Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe("tidy", () => {
  test("the files that are checked include the core", () => {
    expect(code.map(({ path }) => path)).toContain("packages/core/src/index.ts");
  });

  test.each(Object.entries(codeRules))("%s", (_name, rule) => {
    expect(readable(code.flatMap((file) => rule(file)))).toEqual([]);
  });

  test("no file names one machine", () => {
    expect(readable(files.flatMap((file) => noMachinePaths(file)))).toEqual([]);
  });

  test("every exported symbol is documented", () => {
    const byPath = new Map(code.map((file) => [file.path, file]));
    const entries = code.filter(({ path }) => /^packages\/[^/]+\/src\/index\.ts$/u.test(path));
    expect(entries.length).toBeGreaterThan(0);
    expect(readable(entries.flatMap((index) => undocumentedExports(index, byPath)))).toEqual([]);
  });
});
