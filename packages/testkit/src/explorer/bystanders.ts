/**
 * Who reads a log without its lock while it is written: looks that end, followers that stay, and the
 * readers of a copy. What they see must be in the model, dense, and no more than the log has promised.
 */
import { isWalError, type AbortSignalLike, type Storage } from "@stria/core";
import type { SimulatedStorage } from "../simulation/simulated-storage.ts";
import type { CrashableLog, CrashableReader, OpenReader } from "./crashable-log.ts";
import type { Model } from "./model.ts";
import { Violation } from "./violation.ts";

/** What the readers are held against. */
export interface BystanderOptions {
  readonly log: CrashableLog;
  readonly model: Model;
  readonly storage: SimulatedStorage;
  readonly openReader: OpenReader | undefined;
  readonly faulty: boolean;
}

/** See the file's head. One for each time the log is opened. */
export class Bystanders {
  readonly #options: BystanderOptions;
  readonly #end = new Ending();
  #followers: Promise<void>[] = [];

  constructor(options: BystanderOptions) {
    this.#options = options;
  }

  /** Reads what there is now. */
  async look(): Promise<void> {
    const { storage } = this.#options;
    await this.#reading(storage.otherProcess(), async (reader) => {
      await this.#read(reader, { from: reader.firstLsn }, 0);
    });
  }

  /** Follows from the newest record on, until {@link leave}. */
  follow(): void {
    const { storage } = this.#options;
    const following = this.#reading(storage.otherProcess(), async (reader) => {
      const signal = this.#end;
      await this.#read(reader, { from: reader.durableLsn + 1, follow: true, signal }, 0);
    });
    following.catch(() => {
      // A Violation, thrown by `leave`; until then it must not count as unhandled.
    });
    this.#followers.push(following);
  }

  /** Ends the followers; throws what one of them saw. */
  async leave(): Promise<void> {
    this.#end.fire();
    await Promise.all(this.#followers.splice(0));
  }

  /** Reads a copy, which must hold everything up to `lsn`. */
  async check(copy: Storage, lsn: number): Promise<void> {
    await this.#reading(copy, async (reader) => {
      await this.#read(reader, { from: reader.firstLsn }, lsn);
    });
  }

  async #reading(storage: Storage, use: (reader: CrashableReader) => Promise<void>): Promise<void> {
    const { openReader, storage: own } = this.#options;
    if (openReader === undefined) return;
    let reader: CrashableReader | undefined;
    try {
      reader = await openReader({ storage, clock: own.clock });
      await use(reader);
      await reader.close();
    } catch (error) {
      this.#mustBeExplained(error);
    }
  }

  async #read(
    reader: CrashableReader,
    range: { from: number; follow?: boolean; signal?: AbortSignalLike },
    least: number,
  ): Promise<void> {
    const { model, log } = this.#options;
    let next = range.from;
    for await (const { lsn, payload } of reader.read(range)) {
      if (lsn !== next) throw new Violation("not-dense", `beside: ${lsn} where ${next} was next`);
      if (lsn > log.durableLsn && !model.distrusted) {
        const shown = `beside: record ${lsn} is shown, durable is ${log.durableLsn}`;
        throw new Violation("unvouched-record-shown", shown);
      }
      const wanted = model.record(lsn)?.payload;
      if (wanted === undefined) throw new Violation("invented-record", `beside: record ${lsn}`);
      if (wanted.length !== payload.length || !payload.every((byte, i) => byte === wanted[i])) {
        throw new Violation("wrong-bytes", `beside: record ${lsn} has other bytes`);
      }
      next++;
    }
    if (next <= least) {
      throw new Violation("lost-record", `the copy ends before ${next}, ${least} was acknowledged`);
    }
  }

  /** A reader may be told that records were retired, and must bear a device that fails. */
  #mustBeExplained(error: unknown): void {
    if (error instanceof Violation) throw error;
    const { faulty, model } = this.#options;
    if (isWalError(error, "WAL_GAP") || isWalError(error, "WAL_ABORTED")) return;
    if (isWalError(error) && (faulty || model.distrusted)) return;
    throw new Violation("unexpected-error", `beside: ${String(error)}`, { cause: error });
  }
}

/** The signal that ends the followers. */
class Ending implements AbortSignalLike {
  aborted = false;
  readonly #listeners = new Set<() => void>();

  fire(): void {
    this.aborted = true;
    for (const listener of this.#listeners) listener();
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
