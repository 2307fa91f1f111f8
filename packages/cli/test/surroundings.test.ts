/** What a shell may do to a command: no reader, a full disk behind a stream, odd input, odd places. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Outcome, ended, seq, stria, temporaryDirectory } from "./support/stria.ts";

const bin = fileURLToPath(new URL("../bin/stria.js", import.meta.url));
const isLinux = process.platform === "linux";

/** `stria` whose standard streams are these files, pipes where none is given. */
function withStreams(args: string[], files: { 0?: string; 1?: string; 2?: string }) {
  const stdio = ([0, 1, 2] as const).map((fd) => {
    const path = files[fd];
    if (path === undefined) return "pipe";
    const opened = openSync(path, fd === 0 ? "r" : "w");
    onTestFinished(() => closeSync(opened));
    return opened;
  });
  return spawn(process.execPath, [bin, ...args], { stdio });
}

function run(args: string[], files: { 0?: string; 1?: string; 2?: string }): Promise<Outcome> {
  const child = withStreams(args, files);
  child.stdin?.end("one\ntwo\n");
  return ended(child);
}

/** The same with a reader that is gone before the first byte. */
function withoutReader(args: string[]): Promise<Outcome> {
  const child = withStreams(args, {});
  child.stdin?.end();
  child.stdout?.destroy();
  return ended(child);
}

test.runIf(isLinux)("a place where no directory can be made", async () => {
  for (const path of ["/proc/stria", "/proc/stria/log"]) {
    expect(await stria(["append", path], seq(1, 10))).toMatchObject({
      code: 2,
      stderr:
        "stria: cannot make the directory: ENOENT: no such file or directory, mkdir '/proc/stria'\n",
    });
  }
});

test("a directory as standard input is refused, not read as an empty file", async () => {
  const directory = temporaryDirectory();
  const outcome = await run(["append", join(directory, "log")], { 0: directory });
  expect(outcome).toMatchObject({ code: 2, stderr: "stria: standard input is a directory\n" });
});

test("no input at all is an empty log", async () => {
  const log = join(temporaryDirectory(), "log");
  const outcome = await run(["append", log], { 0: "/dev/null" });
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stderr).toMatch(/^0 records, /u);
  expect(await stria(["cat", log])).toMatchObject({ code: 0, stderr: "" });
});

test.runIf(isLinux)("output to a full disk fails in one line, help and version too", async () => {
  const log = join(temporaryDirectory(), "log");
  await stria(["append", log], seq(1, 10));
  const commands = ["cat", "tail", "inspect", "verify", "stats"].flatMap((name) => [
    [name, log],
    [name, log, "--json"],
  ]);
  for (const args of [["--help"], ["--version"], ["help", "cat"], ...commands]) {
    const outcome = await run(args, { 1: "/dev/full" });
    expect({ args, ...outcome }).toMatchObject({
      args,
      code: 1,
      stderr: "stria: ENOSPC: no space left on device, write\n",
    });
  }
});

test("a reader that is gone is no error, of help neither", async () => {
  const log = join(temporaryDirectory(), "log");
  await stria(["append", log], seq(1, 100_000));
  const commands = ["cat", "tail", "inspect", "verify", "stats"].map((name) => [name, log]);
  for (const args of [["--help"], ["cat", "--help"], ...commands]) {
    expect({ args, ...(await withoutReader(args)) }).toMatchObject({ args, code: 0, stderr: "" });
  }
});

test.runIf(isLinux)("a lost stderr changes no exit code", async () => {
  const log = join(temporaryDirectory(), "log");
  expect(await run(["append", log], { 2: "/dev/full" })).toMatchObject({ code: 0 });
  expect(await run(["cat", `${log}-none`], { 2: "/dev/full" })).toMatchObject({ code: 2 });
  expect((await stria(["cat", log])).stdout.toString()).toBe("one\ntwo\n");
});
