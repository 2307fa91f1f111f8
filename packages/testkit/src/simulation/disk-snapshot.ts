/** A disk at one moment, and the lives that may follow if it all ends there. */
import { SeededRandom } from "../random.ts";
import type { Disk } from "./disk.ts";
import type { Operation } from "./faults.ts";
import { Machine, type SimulationOptions } from "./machine.ts";
import { afterPowerCut, type CutStyle } from "./power-cut.ts";
import type { SimulatedStorage } from "./simulated-storage.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** How a power cut turns out. */
export interface PowerCutOptions {
  /** Decides what survives. */
  readonly seed?: number | string;
  /** Drawn by the seed if not given. */
  readonly style?: CutStyle;
}

/** Told of every operation of a storage before it takes effect. */
export type OperationObserver = (operation: Operation, moment: OperationMoment) => void;

/** What an observer may keep of the moment: the disk just before the operation, or half-way through it. */
export interface OperationMoment {
  /** The operation changes what is on the disk, or what is durable of it. */
  readonly mutates: boolean;
  snapshot(): DiskSnapshot;
  /** With this share, 0 … 1, of a write in the cache. The same as `snapshot()` for other verbs. */
  snapshotMidway(share: number): DiskSnapshot;
}

/** How long a machine is down, in wall time. */
const downtimeMs = 1000;

/** See the file's head. Taking one costs little; trying a crash on it leaves it as it was. */
export class DiskSnapshot {
  readonly #disk: Disk;
  readonly #options: SimulationOptions;
  readonly #wallMs: number;
  readonly #monotonicMs: number;
  readonly #boot: (options: SimulationOptions, machine: Machine) => SimulatedStorage;

  /** Made by `SimulatedStorage.snapshot()`: the disk, the machine it comes from, and how to start the next. */
  constructor(
    disk: Disk,
    from: { readonly options: SimulationOptions; readonly clock: VirtualClock },
    boot: (options: SimulationOptions, machine: Machine) => SimulatedStorage,
  ) {
    this.#disk = disk;
    this.#options = from.options;
    this.#wallMs = from.clock.now();
    this.#monotonicMs = from.clock.monotonic();
    this.#boot = boot;
  }

  /** The life after a power cut, with a sound device, room, no lock and a clock of its own. */
  powerCut(cut: PowerCutOptions = {}): SimulatedStorage {
    const seed = cut.seed ?? 0;
    const disk = this.#disk.clone();
    const { youngNamesMs } = this.#options;
    if (youngNamesMs !== undefined) {
      const oldest = this.#monotonicMs - youngNamesMs;
      disk.settleNames((change) => change.atMs <= oldest);
    }
    const survived = afterPowerCut(disk, {
      random: new SeededRandom(`${String(seed)} power cut`),
      style: cut.style,
      powerSafeOverwrite: this.#options.powerSafeOverwrite !== false,
    });
    return this.#nextLife(survived, seed);
  }

  /** The life after every process was killed: the cache is still there, and still not durable. */
  kill(seed: number | string = 0): SimulatedStorage {
    const disk = this.#disk.clone();
    // The next life's clock starts at 0: how old names are is told relative to it.
    disk.pendingNames = disk.pendingNames.map((change) => ({
      ...change,
      atMs: change.atMs - this.#monotonicMs - downtimeMs,
    }));
    return this.#nextLife(disk, seed);
  }

  #nextLife(disk: Disk, seed: number | string): SimulatedStorage {
    const { faults: _faults, capacityBytes: _capacity, ...kept } = this.#options;
    const options: SimulationOptions = { ...kept, seed };
    const clock = new VirtualClock(this.#wallMs + downtimeMs);
    return this.#boot(options, new Machine(disk, clock, options));
  }
}
