/**
 * A memory storage under a test's control: it remembers every call, makes chosen calls fail, and holds
 * chosen calls until the test lets them go.
 */
import { memoryStorage } from "../../src/memory-storage.ts";
import type {
  BlockingFile,
  BlockingStorage,
  Storage,
  StorageCapabilities,
  StorageFile,
  StorageLock,
} from "../../src/storage.ts";

export type Verb =
  | "lock"
  | "release"
  | "list"
  | "create"
  | "open"
  | "remove"
  | "syncDirectory"
  | "read"
  | "write"
  | "truncate"
  | "sync"
  | "close";

export interface Call {
  readonly verb: Verb;
  readonly name: string;
  /** Offset of a read or write. */
  readonly at?: number;
  /** Bytes of a read or write. */
  readonly length?: number;
}

/** A call that waits for the test. */
export interface Hold {
  /** Resolves when the call has come. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  readonly release: () => void;
}

interface Held extends Hold {
  readonly matches: (call: Call) => boolean;
  readonly arrived: () => void;
  readonly released: Promise<void>;
}

/** Calls that change something. */
const changing: ReadonlySet<Verb> = new Set([
  "create",
  "remove",
  "syncDirectory",
  "write",
  "truncate",
  "sync",
]);

export class TestStorage implements Storage {
  readonly name = "test";
  readonly capabilities: StorageCapabilities;
  readonly blocking?: BlockingStorage;
  readonly calls: Call[] = [];
  /** What a call fails with; `undefined` lets it pass. */
  fault: ((call: Call) => unknown) | undefined;
  /** Every asynchronous call waits for what this resolves to. */
  pace: ((call: Call) => Promise<void>) | undefined;
  /** Index into `calls` of the first call that failed; -1 = none did. */
  failedAt = -1;
  readonly #inner: Storage;
  readonly #held: Held[] = [];

  constructor(inner: Storage = memoryStorage(), capabilities: Partial<StorageCapabilities> = {}) {
    this.#inner = inner;
    this.capabilities = { ...inner.capabilities, ...capabilities };
    const { blocking } = inner;
    if (blocking !== undefined && this.capabilities.synchronous) {
      this.blocking = {
        create: (name) => {
          this.#now({ verb: "create", name });
          return new TestFile(this, name, blocking.create(name));
        },
        syncDirectory: () => {
          this.#now({ verb: "syncDirectory", name: "" });
          blocking.syncDirectory();
        },
      };
    }
  }

  /** Calls that changed something, from the `from`th call on. */
  changes(from = 0): Call[] {
    return this.calls.slice(from).filter(({ verb }) => changing.has(verb));
  }

  count(verb: Verb): number {
    return this.calls.filter((call) => call.verb === verb).length;
  }

  /** Holds the next call of `verb` (that `matches`). */
  hold(verb: Verb, matches: (call: Call) => boolean = () => true): Hold {
    const reached = signalOnce();
    const released = signalOnce();
    const held = {
      matches: (call: Call): boolean => call.verb === verb && matches(call),
      arrived: reached.fire,
      reached: reached.fired,
      release: released.fire,
      released: released.fired,
    };
    this.#held.push(held);
    return held;
  }

  /** Fails the `nth` (from 1) call of `verb` from now on, and no other. */
  failNth(verb: Verb, nth: number, error: unknown = ioError(verb)): void {
    let seen = 0;
    this.fault = (call) => (call.verb === verb && ++seen === nth ? error : undefined);
  }

  async lock(): Promise<StorageLock> {
    await this.step({ verb: "lock", name: "" });
    const lock = await this.#inner.lock();
    return {
      release: async () => {
        this.calls.push({ verb: "release", name: "" });
        await lock.release();
      },
    };
  }

  async list(): Promise<string[]> {
    await this.step({ verb: "list", name: "" });
    return this.#inner.list();
  }

  async create(name: string): Promise<StorageFile> {
    await this.step({ verb: "create", name });
    return new TestFile(this, name, await this.#inner.create(name));
  }

  async open(name: string): Promise<StorageFile> {
    await this.step({ verb: "open", name });
    return new TestFile(this, name, await this.#inner.open(name));
  }

  async remove(name: string): Promise<void> {
    await this.step({ verb: "remove", name });
    await this.#inner.remove(name);
  }

  async syncDirectory(): Promise<void> {
    await this.step({ verb: "syncDirectory", name: "" });
    await this.#inner.syncDirectory();
  }

  /** What happens before every asynchronous call. */
  async step(call: Call): Promise<void> {
    this.#now(call);
    await this.pace?.(call);
    const at = this.#held.findIndex((held) => held.matches(call));
    if (at < 0) return;
    const [held] = this.#held.splice(at, 1);
    held?.arrived();
    await held?.released;
    this.#judge(call);
  }

  /** What happens before every blocking call. */
  #now(call: Call): void {
    this.calls.push(call);
    // A call that will be held is judged when it is let go.
    if (this.#held.some((held) => held.matches(call))) return;
    this.#judge(call);
  }

  #judge(call: Call): void {
    const error = this.fault?.(call);
    if (error === undefined) return;
    if (this.failedAt < 0) this.failedAt = this.calls.indexOf(call);
    throw error;
  }

  /** For files: the blocking twin of {@link step}. */
  stepNow(call: Call): void {
    this.#now(call);
  }
}

class TestFile implements StorageFile {
  readonly blocking?: BlockingFile;
  readonly #storage: TestStorage;
  readonly #name: string;
  readonly #inner: StorageFile;

  constructor(storage: TestStorage, name: string, inner: StorageFile) {
    this.#storage = storage;
    this.#name = name;
    this.#inner = inner;
    const { blocking } = inner;
    if (blocking === undefined || !storage.capabilities.synchronous) return;
    const now = (verb: Verb, at = 0, length = 0): void =>
      storage.stepNow({ verb, name, at, length });
    this.blocking = {
      read: (into, at) => (now("read", at, into.length), blocking.read(into, at)),
      write: (bytes, at) => (now("write", at, bytes.length), blocking.write(bytes, at)),
      truncate: (size) => (now("truncate", size), blocking.truncate(size)),
      sync: () => (now("sync"), blocking.sync()),
      close: () => (now("close"), blocking.close()),
    };
  }

  async size(): Promise<number> {
    return this.#inner.size();
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    await this.#storage.step({ verb: "read", name: this.#name, at, length: into.length });
    return this.#inner.read(into, at);
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    await this.#storage.step({ verb: "write", name: this.#name, at, length: bytes.length });
    await this.#inner.write(bytes, at);
  }

  async truncate(size: number): Promise<void> {
    await this.#storage.step({ verb: "truncate", name: this.#name, at: size });
    await this.#inner.truncate(size);
  }

  async sync(): Promise<void> {
    await this.#storage.step({ verb: "sync", name: this.#name });
    await this.#inner.sync();
  }

  async close(): Promise<void> {
    await this.#storage.step({ verb: "close", name: this.#name });
    await this.#inner.close();
  }
}

/** What a disk that is going bad says. */
export function ioError(verb: string): Error {
  return Object.assign(new Error(`EIO: i/o error, ${verb}`), { code: "EIO" });
}

function signalOnce(): { readonly fired: Promise<void>; readonly fire: () => void } {
  const once: { fire?: () => void } = {};
  const fired = new Promise<void>((resolve) => {
    once.fire = resolve;
  });
  return { fired, fire: () => once.fire?.() };
}
