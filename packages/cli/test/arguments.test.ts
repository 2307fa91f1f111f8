/** Mistakes: one clear line on stderr, exit code 2, nothing touched, no stack trace. */
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stria, temporaryDirectory } from "./support/stria.ts";

const mistakes: [string, string[], RegExp][] = [
  ["an unknown command", ["concatenate"], /unknown command/u],
  ["no directory", ["cat"], /missing required argument 'dir'/u],
  ["a directory that is not there", ["cat", "DIR/none"], /no such directory/u],
  ["a file", ["verify", "DIR/file"], /not a directory/u],
  ["a file to append to", ["append", "DIR/file"], /not a directory/u],
  ["below a file", ["append", "DIR/file/log"], /not a directory/u],
  ["a directory without a log", ["verify", "DIR"], /no log in .*, only other files/u],
  [
    "a range that ends before it begins",
    ["cat", "DIR/x", "--from", "5", "--to", "3"],
    /--to 3 is/u,
  ],
  ["a name that is too long", ["append", `DIR/${"x".repeat(300)}`], /ENAMETOOLONG/u],
  ["a link in a circle", ["cat", "DIR/circle"], /ELOOP/u],
  ["a link to nowhere", ["append", "DIR/nowhere"], /cannot make the directory: EEXIST/u],
  ["an unknown option", ["append", "DIR", "--bach", "3"], /unknown option '--bach'.*--batch/u],
  ["an unknown durability", ["append", "DIR", "--durability", "most"], /Allowed choices are sync/u],
  ["a number that is none", ["cat", "DIR", "--from", "one"], /'one' is invalid.*whole number/u],
  ["a number out of range", ["append", "DIR", "--segment-bytes", "5"], /at least 16384/u],
  [
    "options that exclude each other",
    ["cat", "DIR", "--from", "1", "--last", "1"],
    /cannot be used/u,
  ],
  ["two formats", ["tail", "DIR", "--json", "--length-prefixed"], /cannot be used/u],
  ["too many arguments", ["verify", "DIR", "DIR"], /too many arguments/u],
  ["salvage in place", ["salvage", "DIR", "DIR/."], /never salvaged in place/u],
  ["salvage into a directory in use", ["salvage", "DIR/empty", "DIR"], /is not empty|no such/u],
  ["a measurement without end", ["bench", "DIR", "--seconds", "0"], /--seconds must be/u],
];

test.each(mistakes)("%s", async (_name, args, message) => {
  const directory = temporaryDirectory();
  await writeFile(join(directory, "file"), "");
  await symlink("circle", join(directory, "circle"));
  await symlink("nobody", join(directory, "nowhere"));
  const outcome = await stria(args.map((arg) => arg.replace("DIR", directory)));
  expect(outcome.stderr).toMatch(/^stria: [^\n]+\n$/u);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+/u);
  expect(outcome.code).toBe(2);
  expect(outcome.stdout.length).toBe(0);
});

test("help and version go to standard output with exit code 0", async () => {
  const help = await stria(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const command of [
    "append",
    "cat",
    "tail",
    "inspect",
    "verify",
    "salvage",
    "stats",
    "bench",
  ]) {
    expect(help.stdout.toString()).toContain(command);
    expect(await stria([command, "--help"])).toMatchObject({ code: 0, stderr: "" });
  }
  expect((await stria(["--version"])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/u);
});

test("bench measures and leaves nothing behind", async () => {
  const directory = temporaryDirectory();
  const outcome = await stria(["bench", directory, "--seconds", "0.1", "--json"]);
  expect(outcome.code).toBe(0);
  const result = JSON.parse(outcome.stdout.toString()) as {
    sync: { samples: number };
    commits: { inFlight: number; recordsPerSecond: number }[];
  };
  expect(result.sync.samples).toBeGreaterThan(0);
  expect(result.commits.map(({ inFlight }) => inFlight)).toEqual([1, 64, 1024]);
  expect(result.commits.every(({ recordsPerSecond }) => recordsPerSecond > 0)).toBe(true);
  const left = await stria(["inspect", directory, "--json"]);
  expect(JSON.parse(left.stdout.toString())).toMatchObject({ segments: [], strangers: [] });
});
