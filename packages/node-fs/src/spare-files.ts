/**
 * Files of removed segments, kept so that the next segments are written over them: space that was written
 * before takes new bytes two to three times as fast as a file that grows. A spare is out of the log's sight
 * (its name is never listed) and its head is wiped and synced before it is given out, so that no header of
 * its former life can be met under its next name. Kept while this process holds the writer's lock.
 */
import { constants, renameSync } from "node:fs";
import { lstat, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { RECYCLED_HEAD_BYTES } from "@stria/core";
import type { FileCalls } from "./file-calls.ts";
import { spareName, isSpareName } from "./file-name.ts";
import { writeFully } from "./write-fully.ts";

/** More would only take space: a segment is retired about as often as one is born. */
const MOST_SPARES = 2;
/** Smaller files are not worth the wiping. */
export const leastSpareBytes: number = 16 * 1024;

const head = new Uint8Array(RECYCLED_HEAD_BYTES);

export class SpareFiles {
  readonly #calls: FileCalls;
  readonly #directory: string;
  readonly #ready: string[] = [];
  readonly #taking = new Set<Promise<boolean>>();
  #number = 0;
  #open = false;

  constructor(calls: FileCalls, directory: string) {
    this.#calls = calls;
    this.#directory = directory;
  }

  /** The writer's lock was taken: spares that a process left behind when it died go. */
  async begin(): Promise<void> {
    try {
      const names = await readdir(this.#directory);
      await Promise.all(names.filter(isSpareName).map((name) => unlinkQuietly(this.#path(name))));
      this.#open = true;
    } catch {
      // A platform error: whoever needs the directory meets it, too; spares are a courtesy.
    }
  }

  /** The writer's lock is about to go: no file stays that nobody knows of. */
  async end(): Promise<void> {
    this.#open = false;
    await Promise.all(this.#taking);
    await Promise.all(this.#ready.splice(0).map(unlinkQuietly));
  }

  /**
   * Takes the file at `path` away from the log's names, if there is use for it. False: the caller removes it.
   * A file with a second name is somebody's snapshot: its bytes must stay.
   */
  async take(path: string): Promise<boolean> {
    if (!this.#open || this.#ready.length + this.#taking.size >= MOST_SPARES) return false;
    const taking = this.#take(path);
    this.#taking.add(taking);
    try {
      return await taking;
    } finally {
      this.#taking.delete(taking);
    }
  }

  /** Gives a spare the name `path`, which exists as an empty file. False: there is none. */
  async give(path: string): Promise<boolean> {
    const spare = this.#ready.pop();
    if (spare === undefined) return false;
    await rename(spare, path);
    return true;
  }

  /** The same, blocking. */
  giveBlocking(path: string): boolean {
    const spare = this.#ready.pop();
    if (spare === undefined) return false;
    renameSync(spare, path);
    return true;
  }

  /** Never rejects: what fails here is met again by whoever removes the file instead. */
  async #take(path: string): Promise<boolean> {
    const spare = this.#path(spareName(++this.#number));
    let fd: number | undefined;
    let isRenamed = false;
    try {
      // Opened by its old name: whatever becomes of the new one, no other file is wiped.
      fd = await this.#calls.open(path, constants.O_WRONLY, 0);
      const { size, nlink } = await lstat(path);
      if (size < leastSpareBytes || nlink !== 1) return false;
      await rename(path, spare);
      isRenamed = true;
      await writeFully(this.#calls, fd, head, 0);
      await this.#calls.fdatasync(fd);
      if (this.#open) this.#ready.push(spare);
      else await unlinkQuietly(spare);
      return true;
    } catch {
      // A platform error. Once renamed the log has got rid of the file; only the courtesy has failed.
      if (isRenamed) await unlinkQuietly(spare);
      return isRenamed;
    } finally {
      if (fd !== undefined) await this.#calls.close(fd).catch(ignored);
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** A descriptor that could not be closed has no successor to be closed in its place. */
function ignored(): void {
  // The bytes were synced before.
}

async function unlinkQuietly(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch {
    // A platform error: it takes space, no more; the next writer tries again.
  }
}
