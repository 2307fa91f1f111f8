/**
 * What reaches the kernel: a durability promise is worth what strace sees. Each expectation names the
 * call that would be missing if the promise were broken.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/temporary.ts";

const fixture = fileURLToPath(new URL("fixtures/write-log.mjs", import.meta.url));
const tracer = "strace";
const traced = "trace=openat,fsync,fdatasync,pwrite64,write,ftruncate,unlink,rename,mkdir,close";

/** Lines of strace for the fixture, or why there are none. `-y` puts the path behind each descriptor. */
function trace(directory: string): { lines: string[] } | { reason: string } {
  const probe = spawnSync(tracer, ["-e", "trace=none", process.execPath, "--version"]);
  if (probe.error !== undefined) return { reason: `strace: ${probe.error.message}` };
  if (probe.status !== 0) return { reason: `strace may not trace here: ${String(probe.stderr)}` };
  const output = join(directory, "strace");
  const run = spawnSync(
    tracer,
    ["-f", "-y", "-e", traced, "-o", output, process.execPath, fixture, join(directory, "a", "b")],
    { encoding: "utf8" },
  );
  expect(run.stderr).toBe("");
  return { lines: readFileSync(output, "utf8").split("\n") };
}

test("syncs reach the kernel, in the order the promises need", ({ skip }) => {
  const directory = temporaryDirectory();
  const result = trace(directory);
  const reason = "reason" in result ? result.reason : undefined;
  skip(reason !== undefined, reason);
  const lines = "lines" in result ? result.lines : [];
  const log = join(directory, "a", "b");
  const file = join(log, "00000000000000000001.wal");
  const find = (call: RegExp, path: string, from = 0): number =>
    lines.findIndex((line, index) => index >= from && call.test(line) && line.includes(path));
  const within = (path: string): string => `<${path}>`;

  // Each directory that was made: its parent is synced, from the outside in, before the first file.
  const outer = find(/ fsync\(/, within(directory));
  const inner = find(/ fsync\(/, within(join(directory, "a")));
  const created = find(/O_RDWR\|O_CREAT\|O_EXCL.*0600/, file);
  expect(outer).toBeGreaterThan(-1);
  expect(inner).toBeGreaterThan(outer);
  expect(created).toBeGreaterThan(inner);

  // Header: its own sync, then the directory's.
  const header = find(/ pwrite64\(/, within(file), created);
  const headerSync = find(/ fdatasync\(/, within(file), header);
  const nameSync = find(/ fsync\(/, within(log), headerSync);
  expect(header).toBeGreaterThan(created);
  expect(headerSync).toBeGreaterThan(header);
  expect(nameSync).toBeGreaterThan(headerSync);

  // Groups: one durable write each, on a descriptor that says so.
  const durable = lines.find((line) => line.includes(file) && /O_WRONLY\|O_DSYNC/.test(line));
  const durableFd = /= (\d+)</.exec(durable ?? "")?.[1];
  expect(durableFd).toBeDefined();
  const groups = lines.filter((line) => line.includes(` pwrite64(${durableFd}<${file}>`));
  expect(groups.length).toBe(120);

  // Zeros: appended, durable by themselves, not before the header is.
  const zeros = find(/O_WRONLY\|O_APPEND\|O_DSYNC/, file);
  expect(zeros).toBeGreaterThan(headerSync);

  // Sealing: cut, synced. Removing: the directory is synced after it.
  const cut = find(/ ftruncate\(/, within(file));
  expect(find(/ fdatasync\(/, within(file), cut)).toBeGreaterThan(cut);
  // Or renamed out of the log's sight, to be written over.
  const removed = find(/ (unlink|rename)\(/, file);
  expect(removed).toBeGreaterThan(cut);
  expect(find(/ fsync\(/, within(log), removed)).toBeGreaterThan(removed);
}, 60_000);
