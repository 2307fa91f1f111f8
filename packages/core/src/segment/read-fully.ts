/** A read that is as long as it was asked to be: storages may return less at a time. */
import type { StorageFile } from "../storage.ts";

/** Reads until `into` is full or the file ends; returns the count. */
export async function readFully(file: StorageFile, into: Uint8Array, at: number): Promise<number> {
  let got = 0;
  while (got < into.length) {
    // A short read says nothing about the end: only 0 does.
    const count = await file.read(into.subarray(got), at + got);
    if (count === 0) break;
    got += count;
  }
  return got;
}
