/**
 * The next stretch of a file, read while the last one is being worked on. Nobody relies on it: a
 * stretch that was guessed wrong, or could not be read as a whole, is read again by whoever needs it.
 */
import type { StorageFile } from "../storage.ts";
import { readFully } from "./read-fully.ts";

export class ReadAhead {
  readonly #file: StorageFile;
  #start = 0;
  #bytes: Promise<Uint8Array | undefined> | undefined;

  constructor(file: StorageFile) {
    this.#file = file;
  }

  /** Starts reading `length` bytes from `start` on. */
  begin(start: number, length: number): void {
    this.#start = start;
    this.#bytes = this.#read(new Uint8Array(length), start);
  }

  /** What was read from `start` on, if it was, and as long as was wanted. */
  async take(start: number): Promise<Uint8Array | undefined> {
    const bytes = await this.#bytes;
    this.#bytes = undefined;
    return start === this.#start ? bytes : undefined;
  }

  /** Nothing is in flight any more: the file may be closed. */
  async settled(): Promise<void> {
    await this.#bytes;
  }

  async #read(into: Uint8Array, at: number): Promise<Uint8Array | undefined> {
    try {
      return (await readFully(this.#file, into, at)) < into.length ? undefined : into;
    } catch {
      return undefined;
    }
  }
}
