/** The built package does the same on every runtime: bytes, zeros ahead, checksum, lock. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import CRC32 from "crc-32";
import { describe, expect, test } from "vitest";
import { missing, otherRuntimes, thisNode } from "./support/runtimes.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const fixture = fileURLToPath(new URL("fixtures/write-log.mjs", import.meta.url));
const group = new Uint8Array(1000).fill(2);
const whole = Buffer.concat([
  new Uint8Array(4096).fill(1),
  ...Array.from({ length: 120 }, () => group),
]);

describe.each([thisNode, ...otherRuntimes])("$name", (runtime) => {
  test("writes and reads a log's file", async ({ skip }) => {
    const reason = missing(runtime);
    skip(reason !== undefined, reason);
    const { stdout } = await promisify(execFile)(runtime.command, [
      ...runtime.args,
      fixture,
      join(temporaryDirectory(), "a", "b"),
    ]);
    expect(JSON.parse(stdout)).toEqual({
      ahead: process.platform === "linux",
      count: true,
      intact: true,
      names: ["00000000000000000001.wal"],
      left: [],
      crc: CRC32.buf(whole, CRC32.buf(group)) >>> 0,
    });
  });
});
