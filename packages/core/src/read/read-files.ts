/** Read handles, shared between readers and kept open a little: opening a file costs more than reading from it. */
import { type WalError, asWalError } from "../errors.ts";
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
      // What was read has been read: a handle that does not close is no reason to withhold it.
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
    const [failure] = await this.#trim(0);
    if (failure !== undefined) throw failure;
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

  /** Closes idle handles but the `keep` used last; all of them, whatever some do. Returns what went wrong. */
  async #trim(keep: number): Promise<WalError[]> {
    if (this.#entries.size <= keep) return [];
    let idle = 0;
    const failures: WalError[] = [];
    for (const entry of [...this.#entries.values()].toReversed()) {
      if (entry.users > 0 || ++idle <= keep) continue;
      this.#entries.delete(entry.name);
      try {
        await close(entry);
      } catch (error) {
        failures.push(asWalError(error, `closing ${entry.name}`, { segment: entry.name }));
      }
    }
    return failures;
  }
}

async function close(entry: Entry): Promise<void> {
  const file = await entry.file;
  await file.close();
}
