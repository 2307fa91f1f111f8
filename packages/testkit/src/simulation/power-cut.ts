/**
 * What a disk may look like after a power cut: every pending sector old, new, zero, garbage or half
 * written, in any order; sizes ahead of the data or behind it; names that vanish or return.
 */
import type { SeededRandom } from "../random.ts";
import { Disk, type PendingName } from "./disk.ts";
import type { Extent } from "./extent.ts";
import { Inode, apply, type PendingChange } from "./inode.ts";

/** Bytes a disk writes at a time. */
export const sectorBytes = 512;

/**
 * Which legal outcome a power cut has: `nothing` pending survived, `everything` did, a `prefix` of the
 * changes in their order, some `changes` and not others, or each of the `sectors` on its own.
 */
export type CutStyle = "nothing" | "everything" | "prefix" | "changes" | "sectors";

/** What a power cut may do. */
export interface PowerCutRules {
  readonly random: SeededRandom;
  /** Drawn by `random` if not given. */
  readonly style?: CutStyle | undefined;
  /** Bytes of a sector that are durable and not being written stay. True on every disk one should use. */
  readonly powerSafeOverwrite: boolean;
}

const styles: readonly CutStyle[] = [
  "nothing",
  "everything",
  "prefix",
  "prefix",
  "changes",
  "sectors",
  "sectors",
  "sectors",
];

/** The disk as the next power-on finds it. `disk` itself is left alone. */
export function afterPowerCut(disk: Disk, rules: PowerCutRules): Disk {
  const cut = new Cut(disk, rules);
  const after = new Disk();
  for (const [name, inode] of cut.names()) {
    const content = cut.content(inode);
    const survivor = new Inode(content.clone(), content);
    after.names.set(name, survivor);
    after.durableNames.set(name, survivor);
  }
  after.graveyard = disk.graveyard.slice();
  return after;
}

class Cut {
  readonly #disk: Disk;
  readonly #random: SeededRandom;
  readonly #style: CutStyle;
  readonly #lastStamp: number;
  readonly #newChance: number;
  readonly #powerSafe: boolean;

  constructor(disk: Disk, rules: PowerCutRules) {
    this.#disk = disk;
    this.#random = rules.random;
    this.#powerSafe = rules.powerSafeOverwrite;
    this.#style = rules.style ?? rules.random.pick(styles);
    const first = firstPendingStamp(disk);
    this.#lastStamp = first - 1 + this.#random.below(disk.stamp - first + 2);
    this.#newChance = this.#random.pick([0.15, 0.5, 0.75, 0.95]);
  }

  /** Names that survive. Changes of one name keep their order, different names do not. */
  names(): Map<string, Inode> {
    const names = new Map(this.#disk.durableNames);
    const stopped = new Set<string>();
    for (const change of this.#disk.pendingNames) {
      if (stopped.has(change.name)) continue;
      if (!this.#nameSurvives(change)) stopped.add(change.name);
      else if (change.inode === undefined) names.delete(change.name);
      else names.set(change.name, change.inode);
    }
    return names;
  }

  content(inode: Inode): Extent {
    const content = inode.durable.clone();
    for (const change of inode.pending) this.#land(change, content);
    if (this.#style === "sectors" && inode.pending.length > 0) this.#settleSize(inode, content);
    return content;
  }

  #nameSurvives(change: PendingName): boolean {
    if (this.#style === "nothing") return false;
    if (this.#style === "everything") return true;
    if (this.#style === "prefix") return change.stamp <= this.#lastStamp;
    return this.#random.chance(0.5);
  }

  #land(change: PendingChange, content: Extent): void {
    switch (this.#style) {
      case "nothing":
        return;
      case "everything":
        return apply(change, content);
      case "prefix":
        if (change.stamp < this.#lastStamp) return apply(change, content);
        if (change.stamp === this.#lastStamp) this.#tear(change, content);
        return;
      case "changes":
        if (this.#random.chance(0.5)) apply(change, content);
        return;
      case "sectors":
        if (change.kind === "write") this.#scatter(change.bytes, change.at, content);
        else if (this.#random.chance(0.5)) apply(change, content);
    }
  }

  /** The change during which the power went: its first sectors, the last of them perhaps in part. */
  #tear(change: PendingChange, content: Extent): void {
    if (change.kind === "resize") {
      if (this.#random.chance(0.5)) apply(change, content);
      return;
    }
    const length = this.#random.below(change.bytes.length + 1);
    content.write(change.bytes.subarray(0, length), change.at);
  }

  /** Each sector on its own. */
  #scatter(bytes: Uint8Array, at: number, content: Extent): void {
    for (let from = 0; from < bytes.length;) {
      const sectorEnd = (Math.floor((at + from) / sectorBytes) + 1) * sectorBytes;
      const to = Math.min(bytes.length, sectorEnd - at);
      this.#landSector(bytes.subarray(from, to), at + from, content);
      from = to;
    }
  }

  #landSector(piece: Uint8Array, at: number, content: Extent): void {
    const roll = this.#random;
    if (roll.chance(this.#newChance)) return content.write(piece, at);
    const fate = roll.below(6);
    if (fate < 3) return;
    if (fate === 3) {
      const cut = roll.below(piece.length + 1);
      if (roll.chance(0.5)) content.write(piece.subarray(0, cut), at);
      else content.write(piece.subarray(cut), at + cut);
      return;
    }
    const ruined = this.#powerSafe ? { from: at, to: at + piece.length } : wholeSector(at, content);
    content.write(this.#ruin(ruined.to - ruined.from, fate === 4), ruined.from);
  }

  /** The size is metadata of its own: it may be on the platter before the data or after them. */
  #settleSize(inode: Inode, content: Extent): void {
    const behind = inode.durable.size;
    const ahead = inode.cached.size;
    const fate = this.#random.below(6);
    if (fate === 0 && behind < content.size && behind < ahead) content.resize(behind);
    if (fate === 1 && ahead > content.size) {
      const from = content.size;
      content.resize(ahead);
      if (this.#random.chance(0.5)) this.#ruinWritten(inode, from, content);
    }
    if (fate === 2 && ahead > behind)
      content.resize(behind + this.#random.below(ahead - behind + 1));
  }

  /** Behind `from` only space that was being written holds noise: what is merely reserved reads as zeros. */
  #ruinWritten(inode: Inode, from: number, content: Extent): void {
    for (const change of inode.pending) {
      if (change.kind !== "write") continue;
      const start = Math.max(from, change.at);
      const end = Math.min(content.size, change.at + change.bytes.length);
      if (end > start) content.write(this.#ruin(end - start, false), start);
    }
  }

  /** Zeros, noise, or what a file that is gone had there. */
  #ruin(length: number, zeros: boolean): Uint8Array {
    const bytes = new Uint8Array(length);
    if (zeros) return bytes;
    const stale = this.#disk.graveyard;
    if (stale.length > 0 && this.#random.chance(0.5)) {
      const { content } = this.#random.pick(stale);
      const sectors = Math.floor(content.size / sectorBytes);
      content.read(bytes, this.#random.below(sectors + 1) * sectorBytes);
      return bytes;
    }
    return this.#random.fillBytes(bytes);
  }
}

function wholeSector(at: number, content: Extent): { from: number; to: number } {
  const from = Math.floor(at / sectorBytes) * sectorBytes;
  return { from, to: Math.max(at, Math.min(from + sectorBytes, content.size)) };
}

function firstPendingStamp(disk: Disk): number {
  let first = disk.stamp + 1;
  for (const change of disk.pendingNames) first = Math.min(first, change.stamp);
  for (const inode of new Set([...disk.names.values(), ...disk.durableNames.values()])) {
    first = Math.min(first, inode.pending[0]?.stamp ?? first);
  }
  return first;
}
