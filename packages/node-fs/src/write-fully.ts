/**
 * Write until every byte is written: the operating system may take less than it was given.
 * Positions are explicit, so the thread pool's order of running does not matter.
 */
import type { BlockingCalls, FileCalls } from "./file-calls.ts";

/** Writes `bytes`, from the place `from` in them on, to where they belong if they begin at `at`, or rejects with the platform's error. */
export async function writeFully(
  calls: FileCalls,
  fd: number,
  bytes: Uint8Array,
  at: number,
  from = 0,
): Promise<void> {
  let done = from;
  while (done < bytes.length) {
    // The rest of a short write can only follow it; nearly always there is none.
    done += progress(await calls.write(fd, bytes, done, at + done), at + done);
  }
}

/** The same, blocking. */
export function writeFullyBlocking(
  calls: BlockingCalls,
  fd: number,
  bytes: Uint8Array,
  at: number,
): void {
  let done = 0;
  while (done < bytes.length) done += progress(calls.write(fd, bytes, done, at + done), at + done);
}

/** A write of nothing would loop forever; POSIX does not forbid it. */
function progress(count: number, at: number): number {
  if (count > 0) return count;
  throw Object.assign(new Error(`write at offset ${at} made no progress`), { code: "EIO" });
}
