/**
 * flock(2) in three tongues: Deno has it, Bun reaches libc, Node on macOS and the BSDs asks open(2)
 * for it, Node on Linux lets the `flock` command lock a descriptor it shares with it. On Windows the
 * file is opened for nobody else. No native addon: those that exist abort Bun and Deno.
 */
import { takeByBun } from "./lock-bun.ts";
import { takeByDeno } from "./lock-deno.ts";
import { takeByCommand } from "./lock-command.ts";
import { takeByOpening } from "./lock-open.ts";
import { runtime } from "./platform.ts";

/** A lock that is held as long as its file is open. */
export interface HeldFlock {
  /** Gives the lock up. */
  close(): void;
}

/** Opens (and creates) `path` and locks it; undefined if somebody else has it locked. */
export async function takeFlock(path: string, mode: number): Promise<HeldFlock | undefined> {
  if (runtime === "deno") return takeByDeno(path, mode);
  if (runtime === "bun" && process.platform !== "win32") return await takeByBun(path, mode);
  if (process.platform === "linux" || process.platform === "android") {
    return await takeByCommand(path, mode);
  }
  return takeByOpening(path, mode);
}
