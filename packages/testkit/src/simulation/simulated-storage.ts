/**
 * A storage in memory that can lose power, be killed, run full and go wrong on purpose, by seed. It
 * fulfils the storage contract and nothing more: what a real disk may lose, this one loses.
 */
import {
  RECYCLED_HEAD_BYTES,
  WalError,
  type BlockingStorage,
  type Storage,
  type StorageCapabilities,
  type StorageFile,
  type StorageLock,
} from "@stria/core";
import { SeededRandom } from "../random.ts";
import { Disk } from "./disk.ts";
import { DiskImage } from "./disk-image.ts";
import { DiskSnapshot, type OperationObserver, type PowerCutOptions } from "./disk-snapshot.ts";
import { SimulatedError, type FaultPlan, type OperationKind } from "./faults.ts";
import { Inode } from "./inode.ts";
import { Machine, type SimulationOptions, type Verb } from "./machine.ts";
import { SimulatedFile, failIf } from "./simulated-file.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * One process's view of one life of a simulated machine. A crash ends the life: the object it happened
 * to rejects everything from then on, and the storage of the next life is returned.
 *
 * @example
 * ```ts
 * const storage = new SimulatedStorage({ seed: 7 });
 * const file = await storage.create("a.wal");
 * await file.write(new Uint8Array(1000), 0);
 * const after = storage.powerCut();
 * await after.list(); // [] or ["a.wal"]: the seed decides, nothing was synced
 * ```
 */
export class SimulatedStorage implements Storage {
  readonly name: string;
  readonly capabilities: StorageCapabilities;
  readonly blocking?: BlockingStorage;
  readonly #machine: Machine;

  /** `machine` is given by the testkit itself, for another process or another life. */
  constructor(options: SimulationOptions = {}, machine?: Machine) {
    this.#machine =
      machine ?? new Machine(new Disk(), options.clock ?? new VirtualClock(), options);
    this.name = `simulated:${String(options.seed ?? 0)}`;
    this.capabilities = {
      powerLossDurable: options.youngNamesMs === undefined,
      synchronous: options.synchronous === true,
      preallocate: options.preallocate === true,
      ...(options.maxFileBytes !== undefined && { maxFileBytes: options.maxFileBytes }),
    };
    if (options.synchronous === true) {
      this.blocking = {
        create: (name, create) => this.#machine.performBlocking(this.#creating(name, create)),
        syncDirectory: () => this.#machine.performBlocking(this.#syncingDirectory()),
      };
    }
  }

  /** A storage whose disk holds exactly this, all of it durable. */
  static from(image: DiskImage, options: SimulationOptions = {}): SimulatedStorage {
    const disk = new Disk();
    for (const [name, content] of image.files) {
      const inode = new Inode();
      inode.cached.write(content, 0);
      inode.settle();
      disk.names.set(name, inode);
      disk.durableNames.set(name, inode);
    }
    const machine = new Machine(disk, options.clock ?? new VirtualClock(), options);
    return new SimulatedStorage(options, machine);
  }

  lock(): Promise<StorageLock> {
    const machine = this.#machine;
    return machine.perform(
      verb("lock", "", () => {
        if (machine.lockHolder !== undefined) {
          throw new WalError("WAL_LOCKED", `${this.name} is locked by another writer`);
        }
        const holder = {};
        machine.lockHolder = holder;
        return () => ({ release: () => machine.perform(this.#releasing(holder)) });
      }),
    );
  }

  list(): Promise<string[]> {
    return this.#machine.perform(
      verb("list", "", () => () => [...this.#machine.disk.names.keys()]),
    );
  }

  create(name: string, options?: { preallocateBytes?: number }): Promise<StorageFile> {
    return this.#machine.perform(this.#creating(name, options));
  }

  open(name: string): Promise<StorageFile> {
    return this.#machine.perform(
      verb("open", name, () => {
        const inode = this.#machine.disk.names.get(name);
        if (inode === undefined) throw new SimulatedError("ENOENT", `there is no file ${name}`);
        return () => new SimulatedFile(this.#machine, inode, name);
      }),
    );
  }

  remove(name: string): Promise<void> {
    const { disk, clock, options } = this.#machine;
    return this.#machine.perform(
      verb("remove", name, () => {
        if (!disk.names.has(name)) throw new SimulatedError("ENOENT", `there is no file ${name}`);
        if (options.recycling === true) disk.recycle(name, clock.monotonic(), RECYCLED_HEAD_BYTES);
        else disk.remove(name, clock.monotonic());
        return () => {};
      }),
    );
  }

  syncDirectory(): Promise<void> {
    return this.#machine.perform(this.#syncingDirectory());
  }

  /** The time this life runs on; give it to `Wal.open`. */
  get clock(): VirtualClock {
    return this.#machine.clock;
  }

  /** Names of the files programs see now, without performing an operation. */
  get names(): string[] {
    return [...this.#machine.disk.names.keys()];
  }

  /** Operations performed in this life. */
  get operations(): number {
    return this.#machine.operations;
  }

  /** The fault rules in force; rules may be added and cleared at any time. */
  get faults(): FaultPlan {
    return this.#machine.faults;
  }

  /** Bytes there is room for in all files together. Raise it and space has returned. */
  get capacityBytes(): number {
    return this.#machine.capacityBytes;
  }

  set capacityBytes(bytes: number) {
    this.#machine.capacityBytes = bytes;
  }

  /** Has `observer` told of every operation before it takes effect; where crash explorers look in. */
  observe(observer: OperationObserver): void {
    this.#machine.observer = (operation, moment) => {
      observer(operation, {
        mutates: moment.mutates,
        snapshot: () => this.#keep(moment.disk()),
        snapshotMidway: (share) => this.#keep(moment.diskMidway(share)),
      });
    };
  }

  /** Another process on the same machine: same files, same lock, same life. */
  otherProcess(): SimulatedStorage {
    return new SimulatedStorage(this.#machine.options, this.#machine);
  }

  /** The disk as it is now, from which any number of crashes can be tried without ending this life. */
  snapshot(): DiskSnapshot {
    return this.#keep(this.#machine.disk.clone());
  }

  /** The power goes: this life ends, what was not durable is at the seed's mercy. */
  powerCut(options: PowerCutOptions = {}): SimulatedStorage {
    const seed = options.seed ?? this.#machine.random.uint32();
    this.#machine.halt();
    return this.snapshot().powerCut({ ...options, seed });
  }

  /** Every process is killed: this life ends, the cache and what is pending in it survive. */
  kill(): SimulatedStorage {
    this.#machine.halt();
    return this.snapshot().kill();
  }

  /** What programs see now, as bytes to look at or to damage. */
  image(): DiskImage {
    const files = [...this.#machine.disk.names].map(
      ([name, inode]) => [name, inode.cached.toBytes()] as const,
    );
    const removed = this.#machine.disk.graveyard.map(
      ({ name, content }) => [name, content.toBytes()] as const,
    );
    return new DiskImage(files, removed);
  }

  /** A generator of this storage's seed, for what a test wants to draw besides. */
  random(purpose: string): SeededRandom {
    return new SeededRandom(`${String(this.#machine.options.seed ?? 0)} ${purpose}`);
  }

  #keep(disk: Disk): DiskSnapshot {
    return new DiskSnapshot(disk, this.#machine, (options, machine) => {
      return new SimulatedStorage(options, machine);
    });
  }

  #creating(name: string, options: { preallocateBytes?: number } = {}): Verb<StorageFile> {
    const machine = this.#machine;
    return verb("create", name, () => {
      const { disk, clock } = machine;
      if (disk.names.has(name)) throw new SimulatedError("EEXIST", `${name} exists`);
      const limit = machine.options.maxFileBytes ?? Infinity;
      const reserved = machine.options.preallocate ? (options.preallocateBytes ?? 0) : 0;
      if (reserved > limit) throw new SimulatedError("EFBIG", `${reserved} bytes for ${name}`);
      if (disk.usedBytes() + reserved > machine.capacityBytes) {
        throw new SimulatedError("ENOSPC", `no room for ${reserved} bytes of ${name}`);
      }
      const spare = disk.spares.pop();
      const inode = disk.create(name, clock.monotonic(), spare);
      if (reserved > inode.cached.size) inode.resize(reserved, disk.nextStamp());
      return () => new SimulatedFile(machine, inode, name, spare !== undefined);
    });
  }

  #syncingDirectory(): Verb<void> {
    const { disk, clock, options, random } = this.#machine;
    return {
      kind: "syncDirectory",
      file: "",
      begin: (fault) => {
        const { stamp } = disk;
        return () => {
          if (fault?.kind === "lie") {
            disk.markNamesClean(stamp);
          } else if (fault?.kind === "error") {
            const share = fault.done === "everything" ? 1 : fault.done === "nothing" ? 0 : 0.5;
            for (const change of disk.markNamesClean(stamp)) {
              if (random.chance(share)) disk.forceName(change);
            }
            failIf(fault, "");
          } else {
            const oldest = clock.monotonic() - (options.youngNamesMs ?? 0);
            disk.settleNames((change) => change.stamp <= stamp && change.atMs <= oldest);
          }
        };
      },
    };
  }

  #releasing(holder: object): Verb<void> {
    const machine = this.#machine;
    return verb("release", "", () => {
      if (machine.lockHolder === holder) machine.lockHolder = undefined;
      return () => {};
    });
  }
}

/** A verb that an `error` fault stops before it has done anything. */
function verb<T>(kind: OperationKind, file: string, begin: () => () => T): Verb<T> {
  return {
    kind,
    file,
    begin: (fault) => {
      failIf(fault, file);
      return begin();
    },
  };
}
