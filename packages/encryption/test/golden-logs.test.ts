/**
 * The golden logs under fixtures/v1/encrypted: every runtime reads every one of them as it was written
 * down, and the same bytes are still written. `STRIA_WRITE_FIXTURES=1` writes those that are missing;
 * nothing that is there is ever overwritten.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import * as core from "@stria/core";
import { encryption, keyIdOf } from "../src/index.ts";
import { describeLog, filesOf } from "./golden/describe-log.mjs";
import { goldenLogs } from "./golden/golden-logs.ts";
import { toHex } from "./hex.ts";
import { missing, otherRuntimes, thisNode } from "./support/runtimes.ts";
import { storageOf } from "./support/logs.ts";

const home = fileURLToPath(new URL("../../../fixtures/v1/encrypted", import.meta.url));
const packages = { core, encryption, keyIdOf };

function load(name: string): Map<string, Uint8Array> {
  const names = readdirSync(join(home, name)).filter((file) => file.endsWith(".wal"));
  return new Map(
    names.toSorted().map((file) => [file, new Uint8Array(readFileSync(join(home, name, file)))]),
  );
}

function expected(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(home, name, "expected.json"), "utf8")) as Record<
    string,
    unknown
  >;
}

async function described(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<object> {
  const { about, keys, allowPlaintext } = goldenLogs[name]!;
  const found = await describeLog(packages, files, { keys, allowPlaintext });
  // The keys are no secrets: whoever reads the fixtures needs them.
  const open = { keys: keys.map((key) => toHex(key)), allowPlaintext, files: [...files.keys()] };
  return { about, ...open, ...found };
}

beforeAll(async () => {
  if (process.env["STRIA_WRITE_FIXTURES"] !== "1") return;
  for (const [name, { make }] of Object.entries(goldenLogs)) {
    if (existsSync(join(home, name))) continue;
    const files = await make();
    mkdirSync(join(home, name), { recursive: true });
    for (const [file, bytes] of files) writeFileSync(join(home, name, file), bytes);
    const description = JSON.stringify(await described(name, files), undefined, 2);
    writeFileSync(join(home, name, "expected.json"), `${description}\n`);
  }
});

test("every folder belongs to a script", () => {
  const folders = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual(Object.keys(goldenLogs).toSorted());
});

describe.each(Object.entries(goldenLogs))("golden log %s", (name, { make, keys }) => {
  test("is read as it was written down, and refused without its keys", async () => {
    const found = await described(name, load(name));
    expect(found).toEqual(expected(name));
    expect(found).toMatchObject({
      withoutKey: "WAL_UNKNOWN_KEY",
      withUnknownKey: "WAL_UNKNOWN_KEY",
      withWrongKey: "WAL_WRONG_KEY",
    });
  });

  test("is written with the same bytes today", async () => {
    expect(hexFiles(await make())).toEqual(hexFiles(load(name)));
  });

  test("is read by each implementation", async () => {
    const { allowPlaintext } = goldenLogs[name]!;
    const cipher = encryption({ keys, allowPlaintext, implementation: "noble" });
    const wal = await core.Wal.open({ storage: await storageOf(load(name)), cipher });
    const { nextLsn } = (expected(name) as { withKeys: { nextLsn: number } }).withKeys;
    expect(wal.nextLsn).toBe(nextLsn);
    await wal.close();
    expect((await filesOf(wal.storage)).size).toBeGreaterThan(0);
  });
});

describe.each([thisNode, ...otherRuntimes])("$name, as built", (runtime) => {
  test("reads every golden log as it was written down", { timeout: 60_000 }, async ({ skip }) => {
    const reason = missing(runtime);
    skip(reason !== undefined, reason);
    const script = fileURLToPath(new URL("golden/read-all.mjs", import.meta.url));
    const args = [...runtime.args, script, home];
    const { stdout } = await promisify(execFile)(runtime.command, args);
    for (const [name, found] of Object.entries(JSON.parse(stdout) as Record<string, object>)) {
      expect(expected(name)).toMatchObject(found);
    }
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(Object.keys(goldenLogs).toSorted());
  });
});

function hexFiles(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...files].map(([name, bytes]) => [name, toHex(bytes)]));
}
