/**
 * One simulated file: what programs see (`cached`), what the platter has (`durable`), and the writes
 * in between, in order. Knows nothing of names, numbers of operations or faults.
 */
import { Extent } from "./extent.ts";

/** Something done to a file that no sync has covered yet. `stamp` orders it among all of the disk. */
export type PendingChange =
  | {
      readonly kind: "write";
      readonly stamp: number;
      readonly at: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "resize"; readonly stamp: number; readonly size: number };

/** A file's content in its two images and the changes that separate them. */
export class Inode {
  cached: Extent;
  durable: Extent;
  pending: PendingChange[];
  /** A sync that failed without saying so: the next one reports it. */
  lateError: string | undefined;

  constructor(cached: Extent = new Extent(), durable: Extent = new Extent()) {
    this.cached = cached;
    this.durable = durable;
    this.pending = [];
    this.lateError = undefined;
  }

  /** The same file on a copy of the disk. */
  clone(): Inode {
    const copy = new Inode(this.cached.clone(), this.durable.clone());
    copy.pending = this.pending.slice();
    copy.lateError = this.lateError;
    return copy;
  }

  /** Writes to the cache. */
  write(bytes: Uint8Array, at: number, stamp: number): void {
    if (bytes.length === 0) return;
    this.cached.write(bytes, at);
    this.pending.push({ kind: "write", stamp, at, bytes: bytes.slice() });
  }

  /** Cuts or extends in the cache. */
  resize(size: number, stamp: number): void {
    this.cached.resize(size);
    this.pending.push({ kind: "resize", stamp, size });
  }

  /** Writes to cache and platter at once; earlier pending changes stay pending. */
  writeThrough(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    this.cached.write(bytes, at);
    this.durable.write(bytes, at);
    if (this.pending.some((change) => change.kind === "resize")) {
      // The metadata needed to find the bytes is committed with them.
      this.pending = this.pending.filter((change) => change.kind !== "resize");
      this.durable.resize(this.cached.size);
    }
    this.pending = this.pending.map((change) => overlaid(change, bytes, at));
  }

  /** Makes the changes up to `stamp` durable. */
  sync(stamp: number): void {
    let covered = 0;
    for (const change of this.pending) {
      if (change.stamp > stamp) break;
      apply(change, this.durable);
      covered++;
    }
    if (covered > 0) this.pending = this.pending.slice(covered);
  }

  /** Forgets that the changes up to `stamp` are not durable, as a kernel does after a failed sync. */
  markClean(stamp: number): PendingChange[] {
    const dropped = this.pending.filter((change) => change.stamp <= stamp);
    this.pending = this.pending.filter((change) => change.stamp > stamp);
    return dropped;
  }

  /** Shows the platter's content again, under what is still pending. */
  revertCache(): void {
    this.cached = this.durable.clone();
    for (const change of this.pending) apply(change, this.cached);
  }

  /** Everything seen is durable: the state of a disk that was shut down in peace. */
  settle(): void {
    this.durable = this.cached.clone();
    this.pending = [];
  }
}

/** Does to `extent` what the change says. */
export function apply(change: PendingChange, extent: Extent): void {
  if (change.kind === "write") extent.write(change.bytes, change.at);
  else extent.resize(change.size);
}

/** The change with newer bytes laid over it, so that applying it later cannot bring old ones back. */
function overlaid(change: PendingChange, bytes: Uint8Array, at: number): PendingChange {
  if (change.kind !== "write") return change;
  const from = Math.max(at, change.at);
  const to = Math.min(at + bytes.length, change.at + change.bytes.length);
  if (from >= to) return change;
  const merged = change.bytes.slice();
  merged.set(bytes.subarray(from - at, to - at), from - change.at);
  return { ...change, bytes: merged };
}
