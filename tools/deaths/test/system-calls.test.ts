/**
 * A whole log under strace: every acknowledgement, birth, removal and seal has its system calls, and a
 * storage that leaves them out is seen. The storage's own calls, one verb at a time, are in
 * packages/node-fs/test/system-calls.test.ts.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type CallTally, callsOf, promisesKept } from "../src/system-calls.mjs";

const program = fileURLToPath(new URL("../src/traced.mjs", import.meta.url));
const traced = "trace=openat,fsync,fdatasync,pwrite64,write,ftruncate,unlink,rename";
const patience = { timeout: 60_000 };
const reason = untraceable();

/** Why nothing can be traced here, or undefined. */
function untraceable(): string | undefined {
  const probe = spawnSync("strace", ["-e", "trace=none", process.execPath, "--version"]);
  if (probe.error !== undefined) return `strace: ${probe.error.message}`;
  return probe.status === 0 ? undefined : `strace may not trace here: ${String(probe.stderr)}`;
}

function trace(mode: string, ...sabotage: string[]): { tally: CallTally; missing: string[] } {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "stria-trace-")));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const output = join(directory, "strace");
  const log = join(directory, "log");
  const options = ["-f", "-y", "-e", traced, "-o", output];
  const command = [...options, process.execPath, program, log, mode, ...sabotage];
  const run = spawnSync("strace", command, { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.stdout).toContain("closed");
  return promisesKept(callsOf(readFileSync(output, "utf8")), log);
}

test.for(["synchronous", "group-commit", "async", "async-batched"])(
  "in mode %s every acknowledgement, birth, removal and seal reaches the kernel",
  patience,
  (mode, { skip }) => {
    skip(reason !== undefined, reason);
    const seen = trace(mode);
    expect(seen.missing).toEqual([]);
    expect(seen.tally.groups).toBe(48);
    // 60 records of 1.2 KB in segments of 16 KiB.
    expect(seen.tally.births).toBeGreaterThan(4);
    expect(seen.tally.seals).toBe(seen.tally.births);
    expect(seen.tally.removals).toBeGreaterThan(3);
  },
);

test("a storage without syncs is found out by each of them", patience, ({ skip }) => {
  skip(reason !== undefined, reason);
  const seen = trace("synchronous", "no-sync");
  expect(seen.tally).toEqual({ groups: 0, births: 0, seals: 0, removals: 0 });
  expect(new Set(seen.missing)).toEqual(
    new Set([
      "an acknowledgement without a durable write or a sync",
      "a birth without syncs of file and directory",
      "a removal without a sync of the directory",
      "a seal without a sync",
    ]),
  );
});
