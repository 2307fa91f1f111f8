/** The journal: real files, a real SIGKILL, and a verdict that can fail. */
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Evidence } from "../src/journal/evidence.ts";
import { proveComplete, proveSurvival } from "../src/journal/proof.ts";
import { decodeEntry } from "../src/journal/entry.ts";
import { journal, seq, stria, temporaryDirectory } from "./support/stria.ts";
import { createHash } from "node:crypto";

test("files: killed, recovered, resumed; each file is one record with its hash", async () => {
  const root = temporaryDirectory();
  const contents = new Map<string, string>();
  for (let i = 0; i < 400; i++) {
    const path = `folder ${i % 7}/file-${i}.txt`;
    contents.set(path, "x".repeat(i * 13));
    await mkdir(join(root, `folder ${i % 7}`), { recursive: true });
    await writeFile(join(root, path), contents.get(path)!);
  }
  await symlink("nowhere", join(root, "dangling"));
  const log = join(temporaryDirectory(), "log");
  const outcome = await journal([root, "--keep", log, "--kill-at", "40"]);
  expect(outcome.stderr).toBe("");
  expect(outcome.code).toBe(0);
  const text = outcome.stdout.toString();
  expect(text).toMatch(/killed after \d+ acknowledgements/u);
  expect(text).toMatch(/all \d+ acknowledged records are there, byte for byte/u);
  expect(text).toContain("replay: 400 records, every file once");
  const lines = (await stria(["cat", log])).stdout.toString().trimEnd().split("\n");
  const entries = lines.map((line) => decodeEntry(Buffer.from(line)));
  expect(entries.map(({ path }) => path).toSorted()).toEqual([...contents.keys()].toSorted());
  for (const { path, size, sha256 } of entries) {
    const content = contents.get(path)!;
    expect({ size, sha256 }).toEqual({
      size: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
  }
});

test("a file: each line one record, in order", async () => {
  const directory = temporaryDirectory();
  const input = join(directory, "input.txt");
  await writeFile(input, seq(1, 5000));
  const log = join(directory, "log");
  expect(await journal([input, "--keep", log])).toMatchObject({ code: 0, stderr: "" });
  expect((await stria(["cat", log])).stdout.equals(await readFile(input))).toBe(true);
});

test("a wrong input is one line and exit code 2", async () => {
  const directory = temporaryDirectory();
  const nowhere = await journal([join(directory, "none")]);
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toMatch(/^stria: neither a directory nor a file: [^\n]+\n$/u);
  expect(await journal([directory])).toMatchObject({ code: 2, stdout: Buffer.alloc(0) });
});

test("the proof fails when an acknowledged record is missing, different or twice", async () => {
  const log = temporaryDirectory();
  await stria(["append", log], "a\nb\nc\n");
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const evidence = (...texts: string[]): Evidence => {
    const known = new Evidence();
    known.add(
      texts.map((_, i) => i + 1),
      Buffer.concat(texts.map((text) => digest(text))),
    );
    return known;
  };
  expect(await proveSurvival(log, evidence("a", "b"))).toMatchObject({
    acknowledged: 2,
    unacknowledged: 1,
  });
  await expect(proveSurvival(log, evidence("a", "x"))).rejects.toThrow("LSN 2 is not the record");
  await expect(proveSurvival(log, evidence("a", "b", "c", "d"))).rejects.toThrow(
    "4 records were acknowledged, 3",
  );
  expect(() => evidence("a").add([1], digest("a"))).toThrow("acknowledged twice");
  const path = join(temporaryDirectory(), "lines");
  const input = { kind: "file", path } as const;
  const expected = { unreadable: [], paths: [] };
  await writeFile(path, "a\nb\nc\n");
  expect(await proveComplete(log, input, evidence("a"), expected)).toMatchObject({ records: 3 });
  for (const lines of ["a\nb\n", "a\nb\nc\nd\n", "a\nB\nc\n"]) {
    await writeFile(path, lines);
    await expect(proveComplete(log, input, evidence("a"), expected)).rejects.toThrow(/line/u);
  }
  await rm(path);
});
