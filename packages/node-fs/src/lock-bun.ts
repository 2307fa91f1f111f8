/** flock(2) under Bun, called in the C library. */
import { closeSync, constants, openSync } from "node:fs";
import { WalError } from "@stria/core";
import type { HeldFlock } from "./lock-flock.ts";

type Flock = (fd: number, operation: number) => number;

interface BunFfi {
  dlopen(
    library: string,
    symbols: { flock: { args: string[]; returns: string } },
  ): { symbols: { flock: Flock } };
}

const lockExclusive = 2;
const lockNonBlocking = 4;

/** Locks `path`, or returns undefined if it is locked. */
export async function takeByBun(path: string, mode: number): Promise<HeldFlock | undefined> {
  const flock = await loadFlock();
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, mode);
  // errno cannot be read reliably through the FFI; with LOCK_NB on a fresh descriptor the one
  // ordinary reason is EWOULDBLOCK, and any other must not grant the lock either.
  if (flock(fd, lockExclusive | lockNonBlocking) === 0) return { close: () => closeSync(fd) };
  closeSync(fd);
  return undefined;
}

/** The C library has a name of its own on each system; the first that loads is it. */
async function loadFlock(): Promise<Flock> {
  // A variable, so that neither bundlers nor type checkers look for the module elsewhere.
  const specifier = "bun:ffi";
  const ffi = (await import(specifier)) as BunFfi;
  const failures: unknown[] = [];
  for (const library of libraries()) {
    try {
      const symbols = { flock: { args: ["i32", "i32"], returns: "i32" } };
      return ffi.dlopen(library, symbols).symbols.flock;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new WalError("WAL_UNSUPPORTED", "no C library with flock found: cannot lock the log", {
    cause: new AggregateError(failures),
  });
}

function libraries(): string[] {
  if (process.platform === "darwin") return ["libSystem.B.dylib"];
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return ["libc.so.6", `libc.musl-${arch}.so.1`, "libc.so"];
}
