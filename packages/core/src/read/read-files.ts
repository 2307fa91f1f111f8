/** Read handles, shared between readers and kept open a little: opening a file costs more than reading from it. */
import { asWalError } from "../errors.ts";
import type { Storage, StorageFile } from "../storage.ts";

/** Idle handles kept open. */
const KEEP_IDLE = 4;

interface Entry {
  readonly name: string;
  readonly file: Promise<StorageFile>;
  users: number;
}

export class ReadFiles {
  readonly #storage: Storage;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** A handle that stays open until it is released. */
  async acquire(name: string): Promise<{ file: StorageFile; release: () => Promise<void> }> {
    const entry = this.#entry(name);
    entry.users++;
    const release = async (): Promise<void> => {
      entry.users--;
      await this.#trim(this.#closed ? 0 : KEEP_IDLE);
    };
    try {
      return { file: await entry.file, release };
    } catch (error) {
      entry.users--;
      throw asWalError(error, `opening ${name}`, { segment: name });
    }
  }

  /** Closes the idle handle of a file that is about to be removed. */
  async forget(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.users > 0) return;
    this.#entries.delete(name);
    await close(entry);
  }

  /** Closes everything that is not in use; what is in use closes with its last user. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#trim(0);
  }

  #entry(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) {
      // Most recently used last.
      this.#entries.delete(name);
      this.#entries.set(name, known);
      return known;
    }
    const file = this.#storage.open(name);
    const entry: Entry = { name, file, users: 0 };
    this.#entries.set(name, entry);
    // A failed open must be tried again by the next reader; this one gets the error from `use`.
    file.catch(() => this.#entries.delete(name));
    return entry;
  }

  async #trim(keep: number): Promise<void> {
    let idle = 0;
    for (const entry of [...this.#entries.values()].toReversed()) {
      if (entry.users > 0 || ++idle <= keep) continue;
      this.#entries.delete(entry.name);
      await close(entry);
    }
  }
}

async function close(entry: Entry): Promise<void> {
  const file = await entry.file;
  await file.close();
}
