/**
 * Every `ts` block of every document compiles, and those marked `ts run` run, in an empty directory of
 * their own; the `text` block that follows one of these is what it prints.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type CodeBlock, codeBlocksOf, readDocuments, root } from "./documents.ts";

const out = join(root, "tools/docs/out/samples");
const documents = readDocuments();
const blocks = documents.flatMap((document) => codeBlocksOf(document));
const samples = blocks.filter(({ language }) => language === "ts");
const runnable = samples.filter(({ words }) => words.includes("run"));

function fileOf({ document, line }: CodeBlock): string {
  return `${document.replaceAll(/[^a-z0-9]+/giu, "-")}-${line}.ts`;
}

/** What the document says a sample prints. */
function printedBy(sample: CodeBlock): string | undefined {
  const next = blocks[blocks.indexOf(sample) + 1];
  return next?.document === sample.document && next.language === "text" ? next.code : undefined;
}

beforeAll(() => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const sample of samples) {
    // A sample without imports is a module all the same.
    writeFileSync(join(out, fileOf(sample)), `${sample.code}\nexport {};\n`);
  }
  const compilerOptions = {
    noUnusedLocals: false,
    lib: ["es2023", "esnext.disposable", "dom", "webworker"],
  };
  const include = ["*.ts", "../../placeholders.d.ts"];
  const config = { extends: "../../tsconfig.json", compilerOptions, include };
  writeFileSync(join(out, "tsconfig.json"), JSON.stringify(config));
});

test("there are samples, and some run", () => {
  expect(samples.length).toBeGreaterThan(runnable.length);
  expect(runnable.length).toBeGreaterThan(2);
});

test("all samples compile", { timeout: 120_000 }, () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = spawnSync(process.execPath, [tsc, "-p", "tsconfig.json", "--pretty", "false"], {
    cwd: out,
    encoding: "utf8",
  });
  // Errors of the packages' own files are for their own tests.
  const errors = run.stdout.split("\n").filter((line) => /^[\w-]+\.ts\(/u.test(line));
  expect(errors).toEqual([]);
  expect(run.error).toBe(undefined);
});

describe("a sample that says what it prints, prints it", () => {
  const home = process.cwd();
  let directory = "";
  afterEach(() => {
    vi.restoreAllMocks();
    process.chdir(home);
    rmSync(directory, { recursive: true, force: true });
  });

  test.each(runnable.map((sample) => [`${sample.document}:${sample.line}`, sample] as const))(
    "%s",
    { timeout: 60_000 }, // the first one loads the packages
    async (_place, sample) => {
      const lines: string[] = [];
      vi.spyOn(console, "log").mockImplementation((...values) => {
        lines.push(`${format(...values)}\n`);
      });
      directory = mkdtempSync(join(tmpdir(), "stria-sample-"));
      process.chdir(directory);
      await import(join(out, fileOf(sample)));
      const printed = printedBy(sample);
      expect(lines.join("")).toBe(printed ?? "");
    },
  );
});
