/**
 * A lock that comes with opening the file. macOS and the BSDs: O_EXLOCK, which is flock(2).
 * Windows: libuv's flag of the same name, which shares the file with nobody.
 */
import { closeSync, constants, openSync } from "node:fs";
import type { HeldFlock } from "./lock-flock.ts";

// Neither is in node:fs's constants. <sys/fcntl.h> of macOS and the BSDs; <uv/win.h>.
const exclusiveLock = process.platform === "win32" ? 0x1000_0000 : 0x20;
const refusals: ReadonlySet<unknown> = new Set(["EAGAIN", "EWOULDBLOCK", "EBUSY"]);

/** Locks `path`, or returns undefined if it is locked. */
export function takeByOpening(path: string, mode: number): HeldFlock | undefined {
  const nonBlocking = process.platform === "win32" ? 0 : constants.O_NONBLOCK;
  const flags = constants.O_RDWR | constants.O_CREAT | nonBlocking | exclusiveLock;
  try {
    const fd = openSync(path, flags, mode);
    return { close: () => closeSync(fd) };
  } catch (error) {
    if (refusals.has((error as { code?: unknown }).code)) return undefined;
    throw error;
  }
}
