/** A growable run of bytes whose copies are free until one of them is written: the disk's raw material. */

const nothing = new Uint8Array(0);

/** The bytes of one image of one file. Never holds a reference to bytes it was given. */
export class Extent {
  #bytes: Uint8Array;
  #size: number;
  #shared = false;

  constructor(content: Uint8Array = nothing) {
    this.#bytes = content.length === 0 ? nothing : content.slice();
    this.#size = content.length;
  }

  get size(): number {
    return this.#size;
  }

  /** A copy that costs nothing until either is written. */
  clone(): Extent {
    const copy = new Extent();
    copy.#bytes = this.#bytes;
    copy.#size = this.#size;
    copy.#shared = true;
    this.#shared = true;
    return copy;
  }

  /** Copies up to `into.length` bytes from `at`; returns how many there were. */
  read(into: Uint8Array, at: number): number {
    const count = Math.max(0, Math.min(into.length, this.#size - at));
    if (count > 0) into.set(this.#bytes.subarray(at, at + count));
    return count;
  }

  /** Writes `bytes` at `at`; a gap before them is zeros. */
  write(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    const end = at + bytes.length;
    this.#own(Math.max(end, this.#size));
    this.#bytes.set(bytes, at);
    if (end > this.#size) this.#size = end;
  }

  /** Cuts, or extends with zeros. */
  resize(size: number): void {
    if (size === this.#size) return;
    this.#own(Math.max(size, this.#size));
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  /** The content as bytes of the caller's own. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** Makes the bytes this extent's own, with room for `capacity`. Bytes behind the size are always zero. */
  #own(capacity: number): void {
    if (!this.#shared && capacity <= this.#bytes.length) return;
    const room = capacity <= this.#bytes.length ? this.#bytes.length : roomFor(capacity);
    const own = new Uint8Array(room);
    own.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = own;
    this.#shared = false;
  }
}

function roomFor(capacity: number): number {
  return Math.max(512, capacity + (capacity >>> 1));
}
