/** flock(2) under Deno, which has it built in (LockFileEx on Windows). */
import type { HeldFlock } from "./lock-flock.ts";

interface DenoFile {
  tryLockSync(exclusive: boolean): boolean;
  close(): void;
}

interface DenoNamespace {
  openSync(path: string, options: Record<string, unknown>): DenoFile;
}

/** Locks `path`, or returns undefined if it is locked. */
export function takeByDeno(path: string, mode: number): HeldFlock | undefined {
  const deno = (globalThis as unknown as { Deno: DenoNamespace }).Deno;
  const file = deno.openSync(path, { read: true, write: true, create: true, mode });
  let locked = false;
  try {
    locked = file.tryLockSync(true);
  } finally {
    if (!locked) file.close();
  }
  return locked ? { close: () => file.close() } : undefined;
}
