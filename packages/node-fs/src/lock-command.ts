/**
 * flock(2) under Node on Linux, where no call of Node reaches it: the `flock` command (util-linux,
 * busybox) locks a descriptor it inherits and exits. The lock belongs to the open file, which this
 * process goes on holding: it lasts exactly as long as this process keeps the file open.
 */
import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { WalError } from "@stria/core";
import type { HeldFlock } from "./lock-flock.ts";

/** What the command says when somebody else has the lock; the same in util-linux and busybox. */
const refusedExit = 1;

/** Locks `path`, or returns undefined if it is locked. */
export async function takeByCommand(
  path: string,
  mode: number,
  command = "flock",
): Promise<HeldFlock | undefined> {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, mode);
  let locked = false;
  try {
    locked = await lockInherited(command, fd);
  } finally {
    if (!locked) closeSync(fd);
  }
  return locked ? { close: () => closeSync(fd) } : undefined;
}

function lockInherited(command: string, fd: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Descriptor 3 of the child is ours; -n: do not wait.
    const child = spawn(command, ["-x", "-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
    child.once("error", (cause) => reject(unusable(command, cause.message, cause)));
    child.once("exit", (code, signal) => {
      if (code === 0) resolve(true);
      else if (code === refusedExit) resolve(false);
      else reject(unusable(command, `it ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

function unusable(command: string, why: string, cause?: unknown): WalError {
  return new WalError(
    "WAL_UNSUPPORTED",
    `cannot lock the log: the ${command} command (util-linux or busybox) is needed under Node on Linux: ${why}`,
    cause === undefined ? {} : { cause },
  );
}
