/**
 * The files of a log as plain bytes, with the tools to damage them: what rot, controllers, backups and
 * people do to a disk that no crash would.
 */
import { sectorBytes } from "./power-cut.ts";

/** A set of named files. Methods change it in place; {@link DiskImage.clone} first to keep the original. */
export class DiskImage {
  /** Content by name. */
  readonly files: Map<string, Uint8Array>;
  readonly #removed: Map<string, Uint8Array>;

  constructor(
    files: Iterable<readonly [string, Uint8Array]>,
    removed: Iterable<readonly [string, Uint8Array]> = [],
  ) {
    this.files = new Map(files);
    this.#removed = new Map(removed);
  }

  /** Names in order, so that the log's oldest segment comes first. */
  get names(): string[] {
    return [...this.files.keys()].toSorted();
  }

  /** The content of a file; throws if there is none of that name. */
  content(name: string): Uint8Array {
    const content = this.files.get(name);
    if (content === undefined) throw new RangeError(`the image has no file ${name}`);
    return content;
  }

  /** An independent copy. */
  clone(): DiskImage {
    return new DiskImage(copyOf(this.files), copyOf(this.#removed));
  }

  /** Bit rot: flips bit 0 … 7 of the byte at `at`. */
  flipBit(name: string, at: number, bit = 0): this {
    this.#within(name, at, 1);
    const content = this.content(name);
    content[at] = (content[at] ?? 0) ^ (1 << (bit & 7));
    return this;
  }

  /** Zeros a range. */
  zero(name: string, at: number, length: number): this {
    this.#within(name, at, length);
    this.content(name).fill(0, at, at + length);
    return this;
  }

  /** Zeros the `n`-th sector, or what there is of it. */
  zeroSector(name: string, n: number): this {
    const at = n * sectorBytes;
    return this.zero(name, at, Math.min(sectorBytes, this.content(name).length - at));
  }

  /** Exchanges two whole sectors of one file. */
  swapSectors(name: string, a: number, b: number): this {
    this.#within(name, Math.max(a, b) * sectorBytes, sectorBytes);
    const content = this.content(name);
    const first = content.slice(a * sectorBytes, (a + 1) * sectorBytes);
    content.copyWithin(a * sectorBytes, b * sectorBytes, (b + 1) * sectorBytes);
    content.set(first, b * sectorBytes);
    return this;
  }

  /** Writes bytes over a range, growing the file if it must. */
  overwrite(name: string, at: number, bytes: Uint8Array): this {
    const old = this.content(name);
    const content = new Uint8Array(Math.max(old.length, at + bytes.length));
    content.set(old);
    content.set(bytes, at);
    return this.put(name, content);
  }

  /** A misdirected write: bytes that are well-formed where they come from, put where they do not belong. */
  misdirect(
    from: { readonly name: string; readonly at: number; readonly length: number },
    to: { readonly name: string; readonly at: number },
  ): this {
    this.#within(from.name, from.at, from.length);
    const bytes = this.content(from.name).slice(from.at, from.at + from.length);
    return this.overwrite(to.name, to.at, bytes);
  }

  /** Cuts a file short, or extends it with zeros. */
  truncate(name: string, size: number): this {
    const content = new Uint8Array(size);
    content.set(this.content(name).subarray(0, size));
    return this.put(name, content);
  }

  /** A file that is missing. */
  remove(name: string): this {
    this.#removed.set(name, this.content(name));
    this.files.delete(name);
    return this;
  }

  /** Brings a removed file back, as an undone delete or a restored backup does. */
  resurrect(name: string): this {
    const content = this.#removed.get(name);
    if (content === undefined) throw new RangeError(`no file ${name} was removed`);
    return this.put(name, content);
  }

  /** Names of files that can be resurrected. */
  get removedNames(): string[] {
    return [...this.#removed.keys()].filter((name) => !this.files.has(name)).toSorted();
  }

  /** A second file with the same content. */
  duplicate(name: string, as: string): this {
    return this.put(as, this.content(name).slice());
  }

  /** The same content under another name. */
  rename(name: string, to: string): this {
    const content = this.content(name);
    this.files.delete(name);
    return this.put(to, content);
  }

  /** A file of one's own making, or of another log. */
  put(name: string, content: Uint8Array): this {
    this.files.set(name, content);
    return this;
  }

  #within(name: string, at: number, length: number): void {
    const { length: size } = this.content(name);
    if (at >= 0 && length >= 0 && at + length <= size) return;
    throw new RangeError(`${name} has ${size} bytes, not ${length} at ${at}`);
  }
}

function copyOf(files: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  return [...files].map(([name, content]) => [name, content.slice()]);
}
