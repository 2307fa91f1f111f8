/**
 * One life of a log: opened on what the last crash left, checked, driven through a script, and looked
 * at before every operation that changes the disk. Knows the model, not how crashes are chosen.
 */
import { isWalError } from "@stria/core";
import { SeededRandom, seededRandom } from "../random.ts";
import type { OperationMoment } from "../simulation/disk-snapshot.ts";
import type { Operation } from "../simulation/faults.ts";
import type { SimulatedStorage } from "../simulation/simulated-storage.ts";
import { StalledError } from "../simulation/virtual-clock.ts";
import { checkRecovered, readAll } from "./check-recovered.ts";
import type { CrashableLog, OpenLog, OpenReader } from "./crashable-log.ts";
import type { Model } from "./model.ts";
import type { ScriptStep } from "./script.ts";
import { Violation } from "./violation.ts";
import { Workload } from "./workload.ts";

/** What a life is made of. */
export interface LifeOptions {
  readonly open: OpenLog;
  readonly openReader?: OpenReader | undefined;
  /** The log has a limit of its own and refuses what exceeds it. */
  readonly limited?: boolean;
  readonly storage: SimulatedStorage;
  readonly model: Model;
  readonly steps: readonly ScriptStep[];
  /** Decides payloads and the log's own randomness. */
  readonly seed: string;
  /** Appends are acknowledged only by `durable` and `commit`, not by resolving. */
  readonly lazy: boolean;
  /** A device fails in this life: rejections are expected, broken promises are not. */
  readonly faulty: boolean;
  /** An operation may never settle: then the life ends there. */
  readonly endless?: boolean;
  /** Called before every operation that changes the disk. The life goes on afterwards. */
  readonly atOperation?: (operation: Operation, moment: OperationMoment, model: Model) => void;
}

/** Runs a life from opening to closing. Rejects with the first {@link Violation}. */
export async function runLife(options: LifeOptions): Promise<void> {
  try {
    await new Life(options).run();
  } catch (error) {
    if (!(error instanceof LifeOver)) throw error;
  }
}

/** This life can do nothing more, and that breaks no promise: only a restart or a restored backup helps. */
class LifeOver extends Error {}

/** How often a failing device is asked again before it is repaired. */
const opensBeforeRepair = 2;

class Life {
  readonly #options: LifeOptions;
  readonly #payloads: SeededRandom;
  #workload: Workload | undefined;
  #opens = 0;
  /** Files that were there when the log was last opened. */
  #oldFiles: ReadonlySet<string> = new Set();
  /** A violation met in an observer, where throwing it would look like a failing device to the log. */
  #violation: Violation | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#payloads = new SeededRandom(`${options.seed} payloads`);
  }

  async run(): Promise<void> {
    const { storage, steps, model, faulty, atOperation } = this.#options;
    storage.observe((operation, moment) => {
      try {
        if (storage.faults.strikes.some(({ kind }) => kind === "syncDirectory")) {
          model.nameSyncFailed(storage.names);
        }
        this.#workload?.look();
        this.#checkWriteOnce(operation);
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        this.#violation ??= error;
      }
      if (moment.mutates) atOperation?.(operation, moment, model);
    });
    await this.#driven("open", () => this.#open());
    for (const step of steps) await this.#step(step);
    await this.#driven("close", () => this.#close());
    if (!faulty) return;
    this.#repair();
    await this.#driven("open", () => this.#open());
    await this.#driven("close", () => this.#close());
  }

  async #step(step: ScriptStep): Promise<void> {
    if (step.kind === "idle") {
      await this.#driven("idle", () => Promise.resolve());
      await this.#options.storage.clock.advance(step.ms);
    } else if (step.kind === "jump") {
      this.#options.storage.clock.jumpWall(step.seconds * 1000);
    } else if (step.kind === "intrude") {
      await this.#driven("intrude", () => this.#intrude());
    } else if (step.kind === "reopen") {
      await this.#driven("close", () => this.#close());
      await this.#driven("open", () => this.#open());
    } else {
      await this.#driven(step.kind, async () => this.#workload?.step(step));
    }
  }

  /** While the log is open it belongs to one process, whatever another one tries. */
  async #intrude(): Promise<void> {
    const { storage, open, faulty, seed } = this.#options;
    const random = seededRandom(`${seed} intruder`);
    let log: CrashableLog;
    try {
      log = await open({ storage: storage.otherProcess(), clock: storage.clock, random });
    } catch (error) {
      if (isWalError(error, "WAL_LOCKED") || faulty) return;
      throw new Violation("unexpected-error", `a second writer: ${String(error)}`, {
        cause: error,
      });
    }
    throw new Violation("two-writers", `a second writer opened the log at ${log.nextLsn}`);
  }

  async #open(): Promise<void> {
    const { storage, model, lazy, faulty, openReader, limited = false } = this.#options;
    this.#oldFiles = new Set(storage.names);
    for (;;) {
      const log = await this.#opened();
      const workload = new Workload({
        log,
        model,
        payloads: this.#payloads,
        lazy,
        faulty,
        limited,
        storage,
        openReader,
      });
      const recovered = await workload.attempted("read", () => readAll(log));
      if (recovered === undefined) {
        if (model.distrusted) throw new LifeOver("what was damaged cannot be read");
        // The device fails under the first read: what the log holds shows once it works.
        this.#repair();
        await workload.close();
        continue;
      }
      checkRecovered(model, recovered);
      model.settle(recovered.nextLsn - 1, storage.names);
      model.checkpoint(recovered.checkpointLsn, "promised");
      this.#workload = workload;
      return;
    }
  }

  /** The log, opened; on a failing device after some attempts and a repair, for nothing may be lost. */
  async #opened(): Promise<CrashableLog> {
    const { storage, open, faulty, seed } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await open({
          storage,
          clock: storage.clock,
          random: seededRandom(`${seed} log ${++this.#opens}`),
        });
      } catch (error) {
        this.#mayEnd(error);
        if (!faulty || attempt > opensBeforeRepair || isWalError(error, "WAL_CORRUPT")) {
          throw new Violation("refused-to-open", String(error), { cause: error });
        }
        if (attempt === opensBeforeRepair) this.#repair();
      }
    }
  }

  /** Ends the life if the log is right not to open. */
  #mayEnd(error: unknown): void {
    const { storage, model } = this.#options;
    if (isWalError(error) && model.mayRefuse) throw new LifeOver("it refuses, as it may");
    // A lock that could not be released is held until its process ends.
    const held = storage.faults.strikes.some(({ kind }) => kind === "release");
    if (held && isWalError(error, "WAL_LOCKED")) throw new LifeOver("the lock is still held");
  }

  async #close(): Promise<void> {
    await this.#workload?.close();
    this.#workload = undefined;
  }

  /** A file is written by the life that created it and by no other; its name is never taken again. */
  #checkWriteOnce({ kind, file }: Operation): void {
    if (kind === "create") this.#options.model.created(file);
    const writes = kind === "write" || kind === "writeAndSync" || kind === "truncate";
    if (!writes || !this.#oldFiles.has(file)) return;
    throw new Violation("changed-an-old-file", `${kind} on ${file}, which an earlier life wrote`);
  }

  #repair(): void {
    this.#options.storage.faults.clear();
    this.#options.storage.capacityBytes = Infinity;
  }

  /** Does something while virtual time passes, then looks at the log. */
  async #driven(what: string, run: () => Promise<void>): Promise<void> {
    try {
      await this.#options.storage.clock.until(run());
    } catch (error) {
      if (this.#violation !== undefined) throw this.#violation;
      if (!(error instanceof StalledError)) throw error;
      if (this.#options.endless === true) throw new LifeOver("an operation never ends");
      throw new Violation("hang", `${what} never settles: ${error.message}`, { cause: error });
    }
    this.#workload?.look();
    if (this.#violation !== undefined) throw this.#violation;
  }
}
