/**
 * One open file of a simulated storage. Each verb is written once and offered twice, asynchronous and
 * blocking; the machine numbers it and decides whether it fails.
 */
import type { BlockingFile, StorageFile } from "@stria/core";
import { sameBytes } from "../same-bytes.ts";
import { SimulatedError, type Fault, type OperationKind } from "./faults.ts";
import { apply, type Inode, type PendingChange } from "./inode.ts";
import type { Machine, Verb } from "./machine.ts";
import { sectorBytes } from "./power-cut.ts";

/** See the file's head. */
export class SimulatedFile implements StorageFile {
  readonly writeAndSync?: (bytes: Uint8Array, at: number) => Promise<void>;
  readonly blocking?: BlockingFile;
  readonly recycled: boolean;
  readonly #machine: Machine;
  readonly #inode: Inode;
  readonly #name: string;
  #open = true;

  constructor(machine: Machine, inode: Inode, name: string, recycled = false) {
    this.recycled = recycled;
    this.#machine = machine;
    this.#inode = inode;
    this.#name = name;
    const through = machine.options.writeAndSync === true;
    if (through) this.writeAndSync = (bytes, at) => machine.perform(this.#writing(bytes, at, true));
    if (machine.options.synchronous === true) this.blocking = this.#blockingVerbs(through);
  }

  size(): Promise<number> {
    return this.#machine.perform(
      this.#verb("size", (fault) => {
        failIf(fault, this.#name);
        return () => this.#inode.cached.size;
      }),
    );
  }

  read(into: Uint8Array, at: number): Promise<number> {
    return this.#machine.perform(this.#reading(into, at));
  }

  write(bytes: Uint8Array, at: number): Promise<void> {
    return this.#machine.perform(this.#writing(bytes, at, false));
  }

  truncate(size: number): Promise<void> {
    return this.#machine.perform(this.#truncating(size));
  }

  sync(): Promise<void> {
    return this.#machine.perform(this.#syncing());
  }

  close(): Promise<void> {
    return this.#machine.perform(this.#closing());
  }

  #blockingVerbs(through: boolean): BlockingFile {
    const run = <T>(verb: Verb<T>): T => this.#machine.performBlocking(verb);
    return {
      read: (into, at) => run(this.#reading(into, at)),
      write: (bytes, at) => run(this.#writing(bytes, at, false)),
      truncate: (size) => run(this.#truncating(size)),
      sync: () => run(this.#syncing()),
      close: () => run(this.#closing()),
      ...(through && { writeAndSync: (bytes, at) => run(this.#writing(bytes, at, true)) }),
    };
  }

  #reading(into: Uint8Array, at: number): Verb<number> {
    return this.#verb("read", (fault) => {
      failIf(fault, this.#name);
      const { options, random } = this.#machine;
      let most = into.length;
      if (fault?.kind === "short") most = Math.min(most, Math.max(1, fault.bytes));
      else if (options.shortReads !== undefined && random.chance(options.shortReads)) {
        most = 1 + random.below(most);
      }
      return () => this.#inode.cached.read(into.subarray(0, most), at);
    });
  }

  #writing(bytes: Uint8Array, at: number, through: boolean): Verb<void> {
    const begin = (fault: Fault | undefined): (() => void) => {
      const limit = this.#machine.options.maxFileBytes ?? Infinity;
      if (at + bytes.length > limit) throw new SimulatedError("EFBIG", `write to ${this.#name}`);
      this.#makeRoom(bytes, at);
      if (fault?.kind === "error") {
        const length = this.#amount(fault, bytes.length);
        this.#inode.write(bytes.subarray(0, length), at, this.#machine.disk.nextStamp());
        failIf(fault, this.#name);
      }
      if (fault?.kind === "misdirect") {
        this.#misdirect(bytes, fault, through);
        return () => {};
      }
      if (!through) {
        this.#inode.write(bytes, at, this.#machine.disk.nextStamp());
        return () => {};
      }
      const lies = fault?.kind === "lie";
      const stamp = this.#machine.disk.nextStamp();
      this.#inode.write(bytes, at, stamp);
      return () => {
        this.#inode.pending = this.#inode.pending.filter((change) => change.stamp !== stamp);
        if (!lies) this.#inode.writeThrough(bytes, at);
      };
    };
    // A device may read them until the write is over.
    const lent = bytes.slice();
    const lending = (fault: Fault | undefined): (() => void) => {
      const finish = begin(fault);
      return () => {
        if (!sameBytes(lent, bytes)) {
          throw new SimulatedError("EFAULT", `bytes changed while they went to ${this.#name}`);
        }
        finish();
      };
    };
    return {
      ...this.#verb(through ? "writeAndSync" : "write", lending),
      midway: (disk, share) => {
        const part = bytes.subarray(0, Math.floor(bytes.length * share));
        disk.names.get(this.#name)?.write(part, at, disk.nextStamp());
      },
    };
  }

  #truncating(size: number): Verb<void> {
    return this.#verb("truncate", (fault) => {
      failIf(fault, this.#name);
      this.#inode.resize(size, this.#machine.disk.nextStamp());
      return () => {};
    });
  }

  #syncing(): Verb<void> {
    return this.#verb("sync", (fault) => {
      const inode = this.#inode;
      // Bytes that arrive while it runs are not covered.
      const { stamp } = this.#machine.disk;
      return () => {
        const late = inode.lateError;
        if (fault?.kind === "lie") {
          inode.markClean(stamp);
        } else if (fault?.kind === "late-error") {
          this.#lose(stamp, fault);
          inode.lateError = "EIO";
        } else if (fault?.kind === "error") {
          this.#lose(stamp, fault);
          failIf(fault, this.#name);
        } else if (late === undefined) {
          inode.sync(stamp);
        } else {
          inode.lateError = undefined;
          throw new SimulatedError(late, `an earlier write to ${this.#name} was lost`);
        }
      };
    });
  }

  #closing(): Verb<void> {
    return {
      kind: "close",
      file: this.#name,
      begin: () => {
        this.#open = false;
        return () => {};
      },
    };
  }

  /** A failed sync: some of the pages reached the platter, all of them are clean now. */
  #lose(stamp: number, fault: Fault): void {
    const { random } = this.#machine;
    const done = fault.kind === "error" ? fault.done : undefined;
    const cache = fault.kind === "error" ? fault.cache : undefined;
    const share = done === "nothing" ? 0 : done === "everything" ? 1 : random.pick([0, 0.5, 0.9]);
    for (const change of this.#inode.markClean(stamp)) {
      for (const piece of sectorsOf(change)) {
        if (random.chance(share)) apply(piece, this.#inode.durable);
      }
    }
    const reverted = cache === undefined ? random.chance(0.5) : cache === "reverted";
    if (reverted) this.#inode.revertCache();
  }

  /** Fails where the disk is full, with as many bytes written as fitted, or none. */
  #makeRoom(bytes: Uint8Array, at: number): void {
    const { disk, random } = this.#machine;
    const grows = Math.max(0, at + bytes.length - this.#inode.cached.size);
    const missing = disk.usedBytes() + grows - this.#machine.capacityBytes;
    if (grows === 0 || missing <= 0) return;
    const fits = Math.max(0, bytes.length - missing);
    if (random.chance(0.75)) this.#inode.write(bytes.subarray(0, fits), at, disk.nextStamp());
    throw new SimulatedError("ENOSPC", `no room for ${missing} more bytes in ${this.#name}`);
  }

  #misdirect(bytes: Uint8Array, fault: Fault & { kind: "misdirect" }, through: boolean): void {
    const { disk } = this.#machine;
    const victim = fault.file === undefined ? this.#inode : disk.names.get(fault.file);
    if (victim === undefined) throw new RangeError(`misdirect: there is no file ${fault.file}`);
    if (through) victim.writeThrough(bytes, fault.at);
    else victim.write(bytes, fault.at, disk.nextStamp());
  }

  #amount(fault: Fault & { kind: "error" }, length: number): number {
    if (fault.done === "nothing") return 0;
    return fault.done === "everything" ? length : this.#machine.random.below(length + 1);
  }

  #verb<T>(kind: OperationKind, begin: Verb<T>["begin"]): Verb<T> {
    return {
      kind,
      file: this.#name,
      begin: (fault) => {
        if (!this.#open) throw new SimulatedError("EBADF", `${this.#name} is closed`);
        return begin(fault);
      },
    };
  }
}

/** Throws what an `error` fault says; other faults are the verb's business. */
export function failIf(fault: Fault | undefined, where: string): void {
  if (fault?.kind !== "error") return;
  throw new SimulatedError(fault.code ?? "EIO", `the device failed on ${where || "the directory"}`);
}

function sectorsOf(change: PendingChange): PendingChange[] {
  if (change.kind === "resize") return [change];
  const pieces: PendingChange[] = [];
  for (let from = 0; from < change.bytes.length;) {
    const at = change.at + from;
    const length = Math.min(sectorBytes - (at % sectorBytes), change.bytes.length - from);
    pieces.push({ ...change, at, bytes: change.bytes.subarray(from, from + length) });
    from += length;
  }
  return pieces;
}
