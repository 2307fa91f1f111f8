/**
 * An origin's private files, as unreliable as browsers are: exclusive handles, names that a power cut
 * undoes while they are young, a quota that is reported in four ways, and faults on demand.
 */
import type {
  OpfsDirectory,
  OpfsFileHandle,
  OpfsPlatform,
  SyncAccess,
} from "../../src/platform.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeFile } from "./fake-file.ts";
import type { Dice } from "./fake-file.ts";
import { FakeHandle } from "./fake-handle.ts";
import { FakeLocks } from "./fake-locks.ts";

/** How a browser says that there is no room. */
export type FullStyle = "throw" | "zero" | "short" | "code" | "raw";

interface NameChange {
  readonly atMs: number;
  undo(): void;
}

export class FakeOrigin {
  readonly clock: FakeClock = new FakeClock();
  readonly locks: FakeLocks = new FakeLocks();
  quotaBytes: number = Number.POSITIVE_INFINITY;
  fullStyle: FullStyle = "throw";
  /** How long a name may still be undone by a power cut. */
  youngMs = 45_000;
  /** What the next call of a verb does instead; taken out when it strikes. */
  readonly faults: Map<"read" | "write" | "flush", FullStyle | Error> = new Map();
  /** After this many more operations on handles the power fails, in the middle of one; infinite: not at all. */
  operationsLeft: number = Number.POSITIVE_INFINITY;
  /** The power has failed: nothing works until {@link cutPower} has said what that left. */
  dark = false;
  /** Counts syncs, to show that something was or was not synced. */
  flushes = 0;
  flushReachesDrive = true;
  readonly #files = new Map<string, FakeFile>();
  readonly #folders = new Set<string>([""]);
  #changes: NameChange[] = [];
  #lifetime = 0;

  /** The platform a storage of the present lifetime works on. */
  platform(): OpfsPlatform {
    const lifetime = this.#lifetime;
    return {
      locks: this.locks,
      clock: this.clock,
      flushReachesDrive: this.flushReachesDrive,
      root: async () => this.#directory("", lifetime),
      room: async () => ({
        persisted: false,
        quotaBytes: this.quotaBytes,
        usageBytes: this.usedBytes(),
      }),
    };
  }

  /** The worker dies: handles and locks are gone, what was written is still in the cache. */
  kill(): void {
    this.#lifetime += 1;
    this.locks.clear();
    for (const file of this.#files.values()) file.open = false;
  }

  /** The power is back, or was never gone: only the worker had died in the middle of an operation. */
  lightUp(): void {
    this.dark = false;
    this.operationsLeft = Number.POSITIVE_INFINITY;
  }

  /** The machine dies: what was not flushed is there in part, and young names are undone from some moment on. */
  cutPower(dice: Dice): void {
    this.kill();
    this.lightUp();
    const young = this.#changes.filter(({ atMs }) => this.clock.monotonic() - atMs < this.youngMs);
    for (const change of young.slice(dice(young.length + 1)).toReversed()) change.undo();
    this.#changes = [];
    for (const file of this.#files.values()) file.cutPower(dice);
  }

  usedBytes(): number {
    let bytes = 0;
    for (const file of this.#files.values()) bytes += file.seen.length;
    return bytes;
  }

  /** Paths of all files, for tests that look or meddle. */
  paths(): string[] {
    return [...this.#files.keys()].toSorted();
  }

  file(path: string): FakeFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new DOMException(path, "NotFoundError");
    return file;
  }

  /** Counts an operation; true if the power fails at it. */
  powerFails(): boolean {
    this.operationsLeft -= 1;
    if (this.operationsLeft <= 0) this.dark = true;
    return this.dark;
  }

  /** True while handles made now are still those of a living worker. */
  lives(lifetime: number): boolean {
    return lifetime === this.#lifetime && !this.dark;
  }

  #directory(path: string, lifetime: number): OpfsDirectory {
    const inside = (name: string): string => (path === "" ? name : `${path}/${name}`);
    return {
      keys: () => this.#keys(path),
      getFileHandle: async (name, options) =>
        this.#fileHandle(inside(name), { create: options?.create, lifetime }),
      getDirectoryHandle: async (name, options) => {
        const folder = inside(name);
        if (!this.#folders.has(folder)) {
          if (options?.create !== true) throw new DOMException(folder, "NotFoundError");
          this.#folders.add(folder);
          this.#note(() => this.#folders.delete(folder));
        }
        return this.#directory(folder, lifetime);
      },
      removeEntry: async (name) => this.#remove(inside(name)),
    };
  }

  async *#keys(path: string): AsyncIterableIterator<string> {
    const start = path === "" ? "" : `${path}/`;
    for (const file of this.paths()) if (file.startsWith(start)) yield file.slice(start.length);
  }

  async #fileHandle(
    path: string,
    options: { create: boolean | undefined; lifetime: number },
  ): Promise<OpfsFileHandle> {
    this.#assertLight();
    // A worker that is dead never hears back.
    if (options.lifetime !== this.#lifetime) return new Promise(() => {});
    if (!this.#files.has(path)) {
      if (options.create !== true) throw new DOMException(path, "NotFoundError");
      this.#files.set(path, new FakeFile());
      this.#note(() => this.#files.delete(path));
    }
    return {
      createSyncAccessHandle: () => this.#open(path, options.lifetime),
      getFile: async () => snapshot(this.file(path)),
    };
  }

  async #open(path: string, lifetime: number): Promise<SyncAccess> {
    this.#assertLight();
    if (lifetime !== this.#lifetime) return new Promise(() => {});
    const file = this.file(path);
    if (file.open) throw new DOMException(path, "NoModificationAllowedError");
    file.open = true;
    return new FakeHandle(this, file, lifetime);
  }

  #remove(path: string): void {
    const within = this.paths().filter((file) => file === path || file.startsWith(`${path}/`));
    const gone = within.map((file) => [file, this.file(file)] as const);
    if (gone.some(([, file]) => file.open))
      throw new DOMException(path, "NoModificationAllowedError");
    for (const [file] of gone) this.#files.delete(file);
    const folder = this.#folders.delete(path);
    this.#note(() => {
      for (const [name, file] of gone) this.#files.set(name, file);
      if (folder) this.#folders.add(path);
    });
  }

  #assertLight(): void {
    if (this.dark) throw new DOMException("dark", "InvalidStateError");
  }

  #note(undo: () => void): void {
    this.#changes.push({ atMs: this.clock.monotonic(), undo });
  }
}

/** A `File`: reads what was there when it was taken, and nothing any more once that has changed. */
function snapshot(file: FakeFile): Blob {
  const { version } = file;
  const part = (bytes: Uint8Array): Blob => {
    const blob = new Blob([bytes.slice()]);
    blob.slice = (from, to) => part(bytes.subarray(from, to));
    const read = blob.arrayBuffer.bind(blob);
    blob.arrayBuffer = async () => {
      if (file.version !== version) throw new DOMException("stale", "NotReadableError");
      return read();
    };
    return blob;
  };
  return part(file.seen);
}
