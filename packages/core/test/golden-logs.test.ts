/**
 * The golden logs under fixtures/v1: today's code reads every one of them as it was written down, and
 * still writes the same bytes. `STRIA_WRITE_FIXTURES=1` writes those that are missing; nothing that is
 * there is ever overwritten, because logs like it may be in use.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type LogFiles, filesOf, storageOf } from "./golden/deterministic.ts";
import { describeLog } from "./golden/describe-log.ts";
import { goldenLogs } from "./golden/golden-logs.ts";
import { isWalError } from "../src/errors.ts";
import type { Storage } from "../src/storage.ts";
import { Wal } from "../src/wal.ts";

const home = fileURLToPath(new URL("../../../fixtures/v1", import.meta.url));
/** Kept by other packages, with tests of their own. */
const elsewhere = new Set(["encrypted"]);

function load(name: string): LogFiles {
  const folder = join(home, name);
  const names = readdirSync(folder).filter((file) => file.endsWith(".wal"));
  return new Map(
    names.toSorted().map((file) => [file, new Uint8Array(readFileSync(join(folder, file)))]),
  );
}

function expected(name: string): unknown {
  return JSON.parse(readFileSync(join(home, name, "expected.json"), "utf8"));
}

beforeAll(async () => {
  if (process.env["STRIA_WRITE_FIXTURES"] !== "1") return;
  for (const [name, { about, make }] of Object.entries(goldenLogs)) {
    const folder = join(home, name);
    if (existsSync(folder)) continue;
    const files = await make();
    mkdirSync(folder, { recursive: true });
    for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes);
    const description = { about, ...(await describeLog(files)) };
    writeFileSync(join(folder, "expected.json"), `${JSON.stringify(description, undefined, 2)}\n`);
  }
});

test("every folder of fixtures/v1 belongs to a script", () => {
  const folders = readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !elsewhere.has(entry.name))
    .map((entry) => entry.name);
  expect(folders.toSorted()).toEqual(Object.keys(goldenLogs).toSorted());
});

describe.each(Object.entries(goldenLogs))("golden log %s", (name, { about, make }) => {
  test("is read as it was written down", async () => {
    expect({ about, ...(await describeLog(load(name))) }).toEqual(expected(name));
  });

  test("is not changed by opening it", async () => {
    const kept = load(name);
    const storage = await storageOf(kept);
    const wal = await openIfSound(storage);
    const left = await filesOf(storage);
    await wal?.close();
    const known = new Map([...left].filter(([file]) => kept.has(file)));
    expect(differences(known, kept)).toEqual([]);
  });

  test("is written with the same bytes today", async () => {
    const made = await make();
    const kept = load(name);
    expect(differences(made, kept)).toEqual([]);
  });
});

/** Some golden logs are there to be refused. */
async function openIfSound(storage: Storage): Promise<Wal | undefined> {
  try {
    return await Wal.open({ storage, segmentBytes: 16_384 });
  } catch (error) {
    if (isWalError(error, "WAL_CORRUPT")) return undefined;
    throw error;
  }
}

/** Names that only one side has, and the first byte at which files of one name differ. */
function differences(made: LogFiles, kept: LogFiles): string[] {
  const found: string[] = [];
  for (const name of new Set([...made.keys(), ...kept.keys()])) {
    const a = made.get(name);
    const b = kept.get(name);
    if (a === undefined || b === undefined) {
      found.push(`${name} is only ${a === undefined ? "kept" : "made"}`);
      continue;
    }
    const at = a.findIndex((byte, i) => byte !== b[i]);
    if (at >= 0) found.push(`${name} differs at offset ${at}`);
    else if (a.length !== b.length) found.push(`${name}: ${a.length} bytes, not ${b.length}`);
  }
  return found;
}
