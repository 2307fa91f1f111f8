/**
 * Write until every byte is written: the operating system may take less than it was given.
 * Positions are explicit, so the thread pool's order of running does not matter.
 */
import type { BlockingCalls, FileCalls } from "./file-calls.ts";

/** Writes `bytes` from `from` on at `at`, or rejects with the platform's error. */
export async function writeFully(
  calls: FileCalls,
  fd: number,
  bytes: Uint8Array,
  at: number,
  from = 0,
): Promise<void> {
  if (from >= bytes.length) return;
  const end = from + progress(await calls.write(fd, bytes, from, at + from), at + from);
  // The rest of a short write; nearly always there is none.
  if (end < bytes.length) await writeFully(calls, fd, bytes, at, end);
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
