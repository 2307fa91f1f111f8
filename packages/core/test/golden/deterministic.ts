/** A clock that stands still and randomness that repeats: the same script makes the same bytes. */
import type { Clock, Random } from "../../src/clock.ts";
import type { Storage } from "../../src/storage.ts";
import { memoryStorage } from "../../src/memory-storage.ts";

/** Files of a log by name. */
export type LogFiles = ReadonlyMap<string, Uint8Array>;

/** Time as the script sets it; timers never fire, so nothing happens that the script does not ask for. */
export class ScriptClock implements Clock {
  /** 2026-01-01T00:00:00Z. */
  time = 1_767_225_600_000;

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  timer(): () => void {
    return () => undefined;
  }
}

/** Bytes of a 32-bit linear congruential generator (Numerical Recipes' constants). */
export function repeatableRandom(seed: number): Random {
  let state = seed >>> 0;
  return (into) => {
    for (let i = 0; i < into.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      into[i] = state >>> 24;
    }
    return into;
  };
}

/** What stands in a storage now: what a killed process leaves behind. */
export async function filesOf(storage: Storage): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const names = await storage.list();
  for (const name of names.toSorted()) {
    const file = await storage.open(name);
    const bytes = new Uint8Array(await file.size());
    let got = 0;
    while (got < bytes.length) got += await file.read(bytes.subarray(got), got);
    await file.close();
    files.set(name, bytes);
  }
  return files;
}

/** A memory storage that holds copies of `files`. */
export async function storageOf(files: LogFiles): Promise<Storage> {
  const storage = memoryStorage("golden");
  for (const [name, bytes] of files) {
    const file = await storage.create(name);
    await file.write(bytes, 0);
    await file.close();
  }
  return storage;
}
