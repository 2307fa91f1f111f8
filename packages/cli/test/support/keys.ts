/** Key files, encrypted logs and what must not change of them. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { generateKey } from "@stria/encryption";
import { type Outcome, seq, stria, temporaryDirectory } from "./stria.ts";

/** A variable of the environment for this test. */
export function variable(name: string, value: string): void {
  process.env[name] = value;
  onTestFinished(() => {
    delete process.env[name];
  });
}

/** Names, bytes and times of everything in a directory: what must not change. */
export function state(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => {
      const path = join(directory, name);
      return [name, `${statSync(path).mtimeMs} ${readFileSync(path).toString("hex")}`];
    }),
  );
}

/** Three raw keys and a log of 100 lines under the first. */
export async function encryptedLog(): Promise<{ log: string; keys: [string, string, string] }> {
  const home = temporaryDirectory();
  const keys = ["a", "b", "c"].map((name) => join(home, name)) as [string, string, string];
  for (const key of keys) writeFileSync(key, generateKey());
  const log = join(home, "log");
  const made = await stria(["append", log, "--key-file", keys[0]], seq(1, 100));
  expect(made.code).toBe(0);
  return { log, keys };
}

/** A key file that opens fast. */
export const cost = { memoryKiB: 8192, passes: 1, lanes: 1 };

export const lines = (outcome: Outcome): string => outcome.stdout.toString();

/** Names of the segments in a directory. */
export function walFiles(directory: string): string[] {
  return existsSync(directory)
    ? readdirSync(directory).filter((name) => name.endsWith(".wal"))
    : [];
}

/** Names, bytes and times of all but the file that carries the lock. */
export function walBytes(directory: string): Record<string, string> {
  const { [".stria.lock"]: _lock, ...files } = state(directory);
  return files;
}
