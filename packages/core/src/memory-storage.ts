/** Storage in memory: for tests and for logs that need not outlive the process. Nothing survives it. */
import { WalError } from "./errors.ts";
import type {
  BlockingFile,
  BlockingStorage,
  Storage,
  StorageCapabilities,
  StorageFile,
  StorageLock,
} from "./storage.ts";

class Contents {
  bytes = new Uint8Array(4096);
  size = 0;

  /** Makes room up to `size`; new bytes are zeros. */
  grow(size: number): void {
    if (size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(size, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.size));
      this.bytes = larger;
    }
    this.size = Math.max(this.size, size);
  }

  cut(size: number): void {
    this.bytes.fill(0, Math.min(size, this.size), this.size);
    this.grow(size);
    this.size = size;
  }
}

/** A log's files in memory. One object is one directory: reopen the log on the same object. */
export function memoryStorage(name: string = "log"): Storage {
  return new MemoryStorage(name);
}

class MemoryStorage implements Storage {
  readonly name: string;
  readonly capabilities: StorageCapabilities = {
    powerLossDurable: false,
    synchronous: true,
    preallocate: false,
  };
  readonly #files = new Map<string, Contents>();
  #locked = false;

  constructor(name: string) {
    this.name = `memory:${name}`;
  }

  readonly blocking: BlockingStorage = {
    create: (name) => this.#create(name),
    syncDirectory: () => undefined,
  };

  async lock(): Promise<StorageLock> {
    if (this.#locked) {
      throw new WalError("WAL_LOCKED", `${this.name} has a writer already`, {
        details: { holder: "this process" },
      });
    }
    this.#locked = true;
    let released = false;
    return {
      release: async () => {
        if (!released) this.#locked = false;
        released = true;
      },
    };
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()];
  }

  async create(name: string): Promise<StorageFile> {
    return this.#create(name);
  }

  async open(name: string): Promise<StorageFile> {
    const contents = this.#files.get(name);
    if (contents === undefined) throw new WalError("WAL_STORAGE", `${name} does not exist`);
    return new MemoryFile(contents);
  }

  async remove(name: string): Promise<void> {
    if (!this.#files.delete(name)) throw new WalError("WAL_STORAGE", `${name} does not exist`);
  }

  async syncDirectory(): Promise<void> {
    // Names are in memory: nothing to do.
  }

  #create(name: string): StorageFile {
    if (this.#files.has(name)) throw new WalError("WAL_STORAGE", `${name} exists`);
    const contents = new Contents();
    this.#files.set(name, contents);
    return new MemoryFile(contents);
  }
}

class MemoryFile implements StorageFile {
  readonly #contents: Contents;
  #closed = false;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  readonly blocking: BlockingFile = {
    read: (into, at) => this.#read(into, at),
    write: (bytes, at) => this.#write(bytes, at),
    truncate: (size) => this.#open().cut(size),
    sync: () => void this.#open(),
    close: () => {
      this.#closed = true;
    },
  };

  async size(): Promise<number> {
    return this.#open().size;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    return this.#read(into, at);
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    this.#write(bytes, at);
  }

  async truncate(size: number): Promise<void> {
    this.#open().cut(size);
  }

  async sync(): Promise<void> {
    this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): Contents {
    if (this.#closed) throw new WalError("WAL_STORAGE", "the file is closed");
    return this.#contents;
  }

  #read(into: Uint8Array, at: number): number {
    const { bytes, size } = this.#open();
    const count = Math.max(0, Math.min(into.length, size - at));
    into.set(bytes.subarray(at, at + count));
    return count;
  }

  #write(bytes: Uint8Array, at: number): void {
    const contents = this.#open();
    contents.grow(at + bytes.length);
    contents.bytes.set(bytes, at);
  }
}
