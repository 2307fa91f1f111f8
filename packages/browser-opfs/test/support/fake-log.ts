/** What the tests on the fake origin share: storages of one log, its ends, and how a verb failed. */
import { isWalError } from "@stria/core";
import { storageOn } from "../../src/opfs-storage.ts";
import type { OpfsStorage } from "../../src/opfs-storage.ts";
import type { OpfsStorageOptions } from "../../src/options.ts";
import type { FakeOrigin } from "./fake-origin.ts";

/** Small slots: every test writes through some of them. */
export const slotBytes = 131_072;

/** A storage of a new lifetime on this origin. */
export function storageIn(origin: FakeOrigin, options: OpfsStorageOptions = {}): OpfsStorage {
  return storageOn(() => origin.platform(), "log", { slotBytes, lockTimeoutMs: 500, ...options });
}

/** A log with one synced file of 3,000 sevens in slot 0, its worker dead. */
export async function deadLog(origin: FakeOrigin): Promise<void> {
  const storage = storageIn(origin);
  await storage.lock();
  const file = await storage.create("1.wal");
  await file.write(new Uint8Array(3000).fill(7), 0);
  await file.sync();
  await storage.syncDirectory();
  origin.kill();
}

/** Flips a bit in slot 0's file. */
export function rot(origin: FakeOrigin, at: number): void {
  const file = origin.file("stria/log/slot-000");
  const [byte = 0] = file.seen.subarray(at, at + 1);
  file.write(Uint8Array.of(byte ^ 1), at);
}

/** What `run` rejects with, or `undefined`. */
export async function errorOf(run: () => Promise<unknown>): Promise<unknown> {
  return run().then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Lets what goes on in the background come to its end: on the fake it takes no more than a turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Its code if it is a `WalError`, else its name. */
export async function codeOf(run: () => Promise<unknown>): Promise<string | undefined> {
  const error = await errorOf(run);
  return isWalError(error) ? error.code : (error as Error | undefined)?.name;
}

/** The first bytes of a file. */
export async function headOf(
  storage: OpfsStorage,
  name: string,
  bytes: number,
): Promise<Uint8Array> {
  const file = await storage.open(name);
  const into = new Uint8Array(bytes);
  const count = await file.read(into, 0);
  await file.close();
  return into.subarray(0, count);
}
