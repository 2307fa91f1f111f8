/**
 * One life of a simulated machine: disk, clock, faults, lock and the count of operations, shared by all
 * processes on it. Every verb passes through here, so every verb is a numbered crash and fault point.
 */
import { SeededRandom } from "../random.ts";
import type { Disk } from "./disk.ts";
import {
  FaultPlan,
  SimulatedError,
  type Fault,
  type FaultRule,
  type Operation,
  type OperationKind,
} from "./faults.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a simulated storage is made of; everything has a default. */
export interface SimulationOptions {
  /** Decides everything left to chance. */
  readonly seed?: number | string;
  readonly clock?: VirtualClock;
  /** False: a power cut may ruin durable bytes that share a sector with pending ones. */
  readonly powerSafeOverwrite?: boolean;
  /** Names younger than this may vanish in a power cut although the directory was synced (OPFS). */
  readonly youngNamesMs?: number;
  /** Bytes there is room for; `capacityBytes` of the storage changes it later. */
  readonly capacityBytes?: number;
  /** Offer the blocking verbs. */
  readonly synchronous?: boolean;
  /** Reserve what `preallocateBytes` asks for. */
  readonly preallocate?: boolean;
  /** Offer `writeAndSync` on files. */
  readonly writeAndSync?: boolean;
  readonly maxFileBytes?: number;
  /** Give new files the space of removed ones, as it is. */
  readonly recycling?: boolean;
  /** Share of reads that return fewer bytes than asked for. */
  readonly shortReads?: number;
  /** How long an operation takes on the virtual clock; 0, at once, unless given. */
  readonly latencyMs?: (operation: Operation, random: SeededRandom) => number;
  readonly faults?: readonly FaultRule[];
}

/** Told of every operation before it takes effect. */
export type MachineObserver = (operation: Operation, moment: MachineMoment) => void;

/** The disk at an operation. */
export interface MachineMoment {
  /** The operation changes what is on the disk, or what is durable of it. */
  readonly mutates: boolean;
  /** The disk before the operation. */
  disk(): Disk;
  /** The disk with this share, 0 … 1, of the write in the cache; the same as before it for other verbs. */
  diskMidway(share: number): Disk;
}

/** What a verb does when it starts (`begin`) and when it completes (the function it returns). */
export interface Verb<T> {
  readonly kind: OperationKind;
  readonly file: string;
  begin(fault: Fault | undefined): () => T;
  /** Does this share of the verb to a copy of the disk. */
  midway?(disk: Disk, share: number): void;
}

const mutating: ReadonlySet<OperationKind> = new Set<OperationKind>([
  "create",
  "remove",
  "syncDirectory",
  "write",
  "writeAndSync",
  "truncate",
  "sync",
]);

/** See the file's head. */
export class Machine {
  readonly disk: Disk;
  readonly options: SimulationOptions;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly faults: FaultPlan;
  capacityBytes: number;
  observer: MachineObserver | undefined;
  lockHolder: object | undefined;
  #operations = 0;
  #alive = true;

  constructor(disk: Disk, clock: VirtualClock, options: SimulationOptions) {
    this.disk = disk;
    this.clock = clock;
    this.options = options;
    this.random = new SeededRandom(options.seed ?? 0);
    this.faults = new FaultPlan(new SeededRandom(`${options.seed ?? 0} faults`), options.faults);
    this.capacityBytes = options.capacityBytes ?? Infinity;
  }

  /** Operations so far in this life. */
  get operations(): number {
    return this.#operations;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The end of this life: every verb in flight and every later one rejects. */
  halt(): void {
    this.#alive = false;
  }

  /** Performs a verb, in its time. */
  async perform<T>(verb: Verb<T>): Promise<T> {
    const { operation, fault } = this.#start(verb);
    const finish = verb.begin(fault);
    if (fault?.kind === "never") return new Promise<never>(() => {});
    const delayMs =
      fault?.kind === "delay"
        ? fault.delayMs
        : (this.options.latencyMs?.(operation, this.random) ?? 0);
    if (delayMs > 0) await this.clock.sleep(delayMs);
    this.#mustLive();
    return finish();
  }

  /** Performs a verb at once. */
  performBlocking<T>(verb: Verb<T>): T {
    const { fault } = this.#start(verb);
    return verb.begin(fault)();
  }

  #start(verb: Verb<unknown>): { operation: Operation; fault: Fault | undefined } {
    this.#mustLive();
    const operation: Operation = { number: ++this.#operations, kind: verb.kind, file: verb.file };
    this.observer?.(operation, new Moment(this.disk, verb));
    // An observer may end this life, at exactly this operation.
    this.#mustLive();
    return { operation, fault: this.faults.strike(operation) };
  }

  #mustLive(): void {
    if (!this.#alive) throw new SimulatedError("ESHUTDOWN", "this life of the storage has ended");
  }
}

/** One for every operation, so it does nothing until it is asked. */
class Moment implements MachineMoment {
  readonly #disk: Disk;
  readonly #verb: Verb<unknown>;

  constructor(disk: Disk, verb: Verb<unknown>) {
    this.#disk = disk;
    this.#verb = verb;
  }

  get mutates(): boolean {
    return mutating.has(this.#verb.kind);
  }

  disk(): Disk {
    return this.#disk.clone();
  }

  diskMidway(share: number): Disk {
    const disk = this.#disk.clone();
    this.#verb.midway?.(disk, share);
    return disk;
  }
}
