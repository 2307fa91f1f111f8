/**
 * The simulated disk: inodes and a directory, each as programs see it and as the platter has it.
 * Copies are cheap, so that a crash explorer can keep one for every operation.
 */
import type { Extent } from "./extent.ts";
import { Inode } from "./inode.ts";

/** A create or remove the directory's platter image does not have yet. */
export interface PendingName {
  readonly stamp: number;
  readonly atMs: number;
  readonly name: string;
  /** The file the name leads to from here on; `undefined` = removed. */
  readonly inode: Inode | undefined;
}

/** Removed files kept for resurrection and as a source of stale bytes. */
const graveyardLimit = 8;

/** Files, names, and everything about them that is not durable yet. */
export class Disk {
  /** Names as programs see them. */
  names: Map<string, Inode> = new Map();
  /** Names as a power cut would leave them. */
  durableNames: Map<string, Inode> = new Map();
  pendingNames: PendingName[] = [];
  /** Content of removed files, newest last. */
  graveyard: { readonly name: string; readonly content: Extent }[] = [];
  /** Removed files whose space the next ones get; programs do not see them. */
  spares: Inode[] = [];
  #stamp = 0;

  /** Orders changes over all files and the directory. */
  nextStamp(): number {
    return ++this.#stamp;
  }

  /** The stamp of the newest change. */
  get stamp(): number {
    return this.#stamp;
  }

  create(name: string, atMs: number, inode: Inode = new Inode()): Inode {
    this.names.set(name, inode);
    this.pendingNames.push({ stamp: this.nextStamp(), atMs, name, inode });
    return inode;
  }

  remove(name: string, atMs: number): void {
    const inode = this.names.get(name);
    if (inode === undefined) return;
    this.names.delete(name);
    this.pendingNames.push({ stamp: this.nextStamp(), atMs, name, inode: undefined });
    this.graveyard.push({ name, content: inode.cached.clone() });
    if (this.graveyard.length > graveyardLimit) this.graveyard.shift();
  }

  /** Removes a file and keeps its space with all that stands in it, but for a head that is wiped first. */
  recycle(name: string, atMs: number, headBytes: number): void {
    const inode = this.names.get(name);
    this.remove(name, atMs);
    if (inode === undefined || inode.cached.size <= headBytes) return;
    inode.writeThrough(new Uint8Array(headBytes), 0);
    this.spares.push(inode);
  }

  /** Makes the pending names that `ready` accepts durable, in order. */
  settleNames(ready: (change: PendingName) => boolean): void {
    const left: PendingName[] = [];
    for (const change of this.pendingNames) {
      if (ready(change)) this.#applyName(change, this.durableNames);
      else left.push(change);
    }
    this.pendingNames = left;
  }

  /** Forgets that these names are not durable, as after a failed directory sync. */
  markNamesClean(stamp: number): PendingName[] {
    const dropped = this.pendingNames.filter((change) => change.stamp <= stamp);
    this.pendingNames = this.pendingNames.filter((change) => change.stamp > stamp);
    return dropped;
  }

  /** Makes one name change durable out of order. */
  forceName(change: PendingName): void {
    this.#applyName(change, this.durableNames);
  }

  /** Bytes in all files a program can see. */
  usedBytes(): number {
    let used = 0;
    for (const inode of this.names.values()) used += inode.cached.size;
    return used;
  }

  /** An independent copy of the whole state. */
  clone(): Disk {
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      let copy = copies.get(inode);
      if (copy === undefined) copies.set(inode, (copy = inode.clone()));
      return copy;
    };
    const copy = new Disk();
    for (const [name, inode] of this.names) copy.names.set(name, copyOf(inode));
    for (const [name, inode] of this.durableNames) copy.durableNames.set(name, copyOf(inode));
    copy.pendingNames = this.pendingNames.map((change) => ({
      ...change,
      inode: change.inode === undefined ? undefined : copyOf(change.inode),
    }));
    copy.spares = this.spares.map(copyOf);
    copy.graveyard = this.graveyard.map(({ name, content }) => ({
      name,
      content: content.clone(),
    }));
    copy.#stamp = this.#stamp;
    return copy;
  }

  #applyName(change: PendingName, names: Map<string, Inode>): void {
    if (change.inode === undefined) names.delete(change.name);
    else names.set(change.name, change.inode);
  }
}
