/**
 * Runs one random history of verbs, faults and crashes against a storage on the fake origin, and the
 * model beside it. Reopens after every ending and checks every file.
 */
import { isWalError } from "@stria/core";
import { storageOn } from "../../src/opfs-storage.ts";
import type { OpfsStorage } from "../../src/opfs-storage.ts";
import type { OpfsStorageOptions } from "../../src/options.ts";
import { isNamed } from "../../src/platform.ts";
import type { FakeOrigin } from "./fake-origin.ts";
import { checkFile, demand, ModelFile } from "./model.ts";
import type { Ending } from "./model.ts";

/** One thing that happens. Numbers choose among what there is. */
export type Step =
  | { readonly do: "create" }
  | { readonly do: "append"; readonly file: number; readonly bytes: number; readonly gap: number }
  | { readonly do: "sync" | "cut" | "remove"; readonly file: number }
  | { readonly do: "syncDirectory" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "fault"; readonly verb: "write" | "flush" }
  | { readonly do: "doom"; readonly operations: number }
  | { readonly do: "end"; readonly ending: Ending; readonly dice: number };

export class History {
  readonly #origin: FakeOrigin;
  readonly #options: OpfsStorageOptions;
  /** Created, and the create was answered. */
  readonly #files = new Map<string, ModelFile>();
  /** Removed, and the removal was answered. */
  readonly #removed = new Set<string>();
  #storage: OpfsStorage | undefined;
  #created = 0;

  constructor(origin: FakeOrigin, options: OpfsStorageOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  /** Runs the steps, then ends cleanly and checks a last time. */
  async run(steps: readonly Step[]): Promise<void> {
    await this.#open();
    for (const step of steps) await this.#step(step);
    await this.#step({ do: "end", ending: "clean", dice: 0 });
  }

  async #step(step: Step): Promise<void> {
    const storage = this.#storage;
    demand(storage !== undefined, "the storage is open");
    switch (step.do) {
      case "create":
        return this.#create(storage);
      case "append":
        return this.#append(step);
      case "sync":
        return this.#onOpen(step.file, async (file) => {
          await file.handle?.sync();
          file.synced();
        });
      case "cut":
        return this.#onOpen(step.file, async (file) => {
          await file.handle?.truncate(file.bytes.length);
          file.cut = true;
        });
      case "remove":
        return this.#remove(storage, step.file);
      case "syncDirectory":
        return this.#syncDirectory(storage);
      case "wait":
        return this.#origin.clock.advance(step.ms);
      case "fault":
        this.#origin.faults.set(step.verb, new DOMException("broken", "InvalidStateError"));
        return undefined;
      case "doom":
        this.#origin.operationsLeft = step.operations;
        return undefined;
      case "end":
        return this.#end(storage, step.ending, step.dice);
      default:
        throw new RangeError(`no such step: ${String(step satisfies never)}`);
    }
  }

  async #create(storage: OpfsStorage): Promise<void> {
    this.#created += 1;
    const file = new ModelFile(`${String(this.#created).padStart(20, "0")}.wal`);
    await this.#tolerating(async () => {
      file.handle = await storage.create(file.name);
      this.#files.set(file.name, file);
    });
  }

  async #append(step: { file: number; bytes: number; gap: number }): Promise<void> {
    await this.#onOpen(step.file, async (file) => {
      const at = file.bytes.length + step.gap;
      const bytes = new Uint8Array(step.bytes).fill(1 + (this.#created % 250));
      if (at + bytes.length > (this.#storage?.capabilities.maxFileBytes ?? 0)) return;
      file.touched = true;
      file.cut = false;
      file.cutSynced = false;
      await file.handle?.write(bytes, at);
      file.append(bytes, at);
    });
  }

  /** A remove that fails leaves a file that may or may not be there: the model forgets it. */
  async #remove(storage: OpfsStorage, choice: number): Promise<void> {
    const file = pick([...this.#files.values()], choice);
    if (file === undefined) return;
    this.#files.delete(file.name);
    await this.#tolerating(async () => {
      await file.handle?.close();
      await storage.remove(file.name);
      this.#removed.add(file.name);
    });
  }

  /** After a failure a log stops using a file; so does the model. */
  async #onOpen(choice: number, verb: (file: ModelFile) => Promise<void>): Promise<void> {
    const open = [...this.#files.values()].filter((file) => file.handle !== undefined);
    const file = pick(open, choice);
    if (file === undefined) return;
    await this.#orAbandon([file], () => verb(file));
  }

  /** It writes down the lengths of all open files, so its failure concerns all of them. */
  async #syncDirectory(storage: OpfsStorage): Promise<void> {
    await this.#orAbandon([...this.#files.values()], () => storage.syncDirectory());
  }

  async #orAbandon(files: readonly ModelFile[], verb: () => Promise<void>): Promise<void> {
    let done = false;
    await this.#tolerating(async () => {
      await verb();
      done = true;
    });
    for (const file of done ? [] : files) {
      file.handle = undefined;
      file.lengthKnown = false;
    }
  }

  async #tolerating(verb: () => Promise<void>): Promise<void> {
    try {
      await verb();
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }

  async #end(storage: OpfsStorage, wanted: Ending, dice: number): Promise<void> {
    const promised = storage.capabilities.powerLossDurable;
    this.#origin.faults.clear();
    let ending = wanted;
    if (wanted === "clean") await this.#tolerating(() => storage.close());
    else if (wanted === "killed") this.#origin.kill();
    if (wanted === "power cut" || this.#origin.dark) {
      ending = "power cut";
      this.#origin.cutPower(rolling(dice));
    }
    if (!(await this.#open())) {
      // The power failed again while it was being opened.
      ending = "power cut";
      this.#origin.cutPower(rolling(dice + 1));
      demand(await this.#open(), "it opens once the power stays on");
    }
    await this.#check({ ending, promised });
  }

  async #open(): Promise<boolean> {
    this.#storage = storageOn(() => this.#origin.platform(), "history", this.#options);
    try {
      await this.#storage.lock();
    } catch (error) {
      if (!this.#origin.dark) throw error;
    }
    if (this.#origin.dark) return false;
    // From here on it stays on until the next doom: the checks, and slots made in the background, need it.
    this.#origin.operationsLeft = Number.POSITIVE_INFINITY;
    return true;
  }

  async #check(after: { ending: Ending; promised: boolean }): Promise<void> {
    const storage = this.#storage;
    demand(storage !== undefined, "the storage is open");
    const names = new Set(await storage.list());
    for (const [name, file] of this.#files) {
      if (names.has(name)) {
        await checkFile(storage, file, after.ending);
        file.survive(after.ending);
        continue;
      }
      // A slot whose own name was young: allowed only where nothing else was promised.
      demand(after.ending === "power cut", `${name} is missing after ${after.ending}`);
      demand(!after.promised, `${name} is missing though the storage called itself power-safe`);
      this.#files.delete(name);
    }
    if (this.#options.namesSettleMs !== 0) return;
    const back = [...names].filter((name) => this.#removed.has(name));
    demand(back.length === 0, `removed, and back after ${after.ending}: ${back.join()}`);
  }
}

/** The fault that was laid, what follows from it in the same lifetime, or no slot left. */
function isExpected(error: unknown): boolean {
  if (isWalError(error)) return error.code === "WAL_STORAGE" && error.cause !== undefined;
  return isNamed(error, "InvalidStateError") || isNamed(error, "QuotaExceededError");
}

function pick<T>(from: readonly T[], choice: number): T | undefined {
  return from.length === 0 ? undefined : from[choice % from.length];
}

/** A die that always rolls the same from the same seed (mulberry32). */
function rolling(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
