/**
 * What the contract suite is run against, and how one test gets hold of it. The runner and the adapter
 * are both injected; this file knows neither.
 */
import type { Storage, StorageFile } from "@stria/core";
import { expect } from "./expect.ts";

/** One fresh, empty place to test, made anew for every test. */
export interface ContractSubject {
  readonly storage: Storage;
  /** The same place through a new storage object, as a second process would have it. */
  reopen?(): Promise<Storage>;
  /** A power cut: what was not synced is lost, the lock's owner is dead. The storage after it. */
  crash?(): Promise<Storage>;
  /** From now on there is room for `bytes` more bytes, give or take half a megabyte, and then none. */
  limitSpace?(bytes: number): void | Promise<void>;
  /** The next call of this verb fails in the platform below the adapter: not in the adapter, whose handling is the test. */
  failNext?(verb: "read" | "write" | "sync" | "syncDirectory"): void | Promise<void>;
  /** Removes everything the test left behind: files may be open still, and the lock held. */
  cleanup(): void | Promise<void>;
}

/**
 * A runner's `test`: Vitest, `node:test`, Deno and Bun all have one. The runner's context is used for
 * one thing only: `context.skip(reason)`, if it has one, when the subject cannot show a behaviour.
 */
export type ContractTest = (name: string, run: (context?: unknown) => Promise<void>) => unknown;

/** What `storageContract` takes. */
export interface StorageContractOptions {
  readonly test: ContractTest;
  readonly factory: () => ContractSubject | Promise<ContractSubject>;
  /** Told of every test that had nothing to test, where the runner's context has no `skip`. */
  readonly onSkip?: (name: string, reason: string) => void;
}

/** What the body of one contract test works with. */
export interface ContractRun {
  readonly subject: ContractSubject;
  readonly storage: Storage;
  /** Ends the test early: the subject does not offer what it needs. */
  skip(reason: string): never;
}

/** Declares one test of the suite. */
export type Declare = (name: string, body: (run: ContractRun) => Promise<void>) => void;

class Skipped extends Error {}

/** Turns the options into a function that declares tests, each on a subject of its own. */
export function declareWith(options: StorageContractOptions): Declare {
  return (name, body) => {
    options.test(name, async (context) => {
      const subject = await options.factory();
      let skipped: string | undefined;
      try {
        await body({
          subject,
          storage: subject.storage,
          skip(reason) {
            throw new Skipped(reason);
          },
        });
      } catch (error) {
        if (!(error instanceof Skipped)) throw error;
        skipped = error.message;
      } finally {
        await subject.cleanup();
      }
      if (skipped !== undefined) reportSkip(options, context, name, skipped);
    });
  };
}

/** The name of the `n`-th segment, as the log forms it. */
export function segmentName(n: number): string {
  return `${String(n).padStart(20, "0")}.wal`;
}

/** Bytes that differ from place to place, so that a shifted or stale read shows. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed * 101 + 1) & 0xff;
  return bytes;
}

/** Reads `length` bytes at `at`, looping over short reads; fails at an early end. */
export async function readExactly(
  file: StorageFile,
  length: number,
  at: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = await file.read(bytes.subarray(done), at + done);
    expect(Number.isInteger(count), `read must resolve to a whole number, found ${String(count)}`);
    expect(
      count >= 0 && count <= length - done,
      `read of ${length - done} bytes returned ${count}`,
    );
    expect(count > 0, `read met the end of the file at ${at + done}, wanted ${at + length}`);
    done += count;
  }
  return bytes;
}

/** The whole content of a named file, through a handle of its own. */
export async function contentOf(storage: Storage, name: string): Promise<Uint8Array> {
  const file = await storage.open(name);
  try {
    return await readExactly(file, await file.size(), 0);
  } finally {
    await file.close();
  }
}

/** Creates a file with this content and closes it; synced with its directory if asked. */
export async function putFile(
  storage: Storage,
  name: string,
  content: Uint8Array,
  options: { durable?: boolean } = {},
): Promise<void> {
  const file = await storage.create(name);
  try {
    await file.write(content, 0);
    if (options.durable === true) await file.sync();
  } finally {
    await file.close();
  }
  if (options.durable === true) await storage.syncDirectory();
}

/** The names of segments in the storage, sorted; an adapter may keep other files beside them. */
export async function segmentNames(storage: Storage): Promise<string[]> {
  const names = await storage.list();
  return names.filter((name) => name.endsWith(".wal")).toSorted();
}

function reportSkip(
  options: StorageContractOptions,
  context: unknown,
  name: string,
  reason: string,
): void {
  options.onSkip?.(name, reason);
  const runner = context as { skip?: (reason: string) => void } | null | undefined;
  if (typeof runner?.skip === "function") runner.skip(reason);
}
