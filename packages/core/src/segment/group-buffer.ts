/** The memory a group's frames are built in, one behind the other: written in one piece, used again. */

const FIRST_BYTES = 64 * 1024;
/** A buffer above this is kept only while groups fill a good part of it: a huge record's is not. */
const KEEP_BYTES = 4 * 1024 * 1024;
const WELL_USED_SHARE = 1 / 4;

export class GroupBuffer {
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  #used = 0;

  /** Where the next frame begins; so many bytes are built. */
  get used(): number {
    return this.#used;
  }

  /** The memory, with room for `bytes` more behind what is built; valid until the next call. */
  reserve(bytes: number): Uint8Array {
    const needed = this.#used + bytes;
    const old = this.#bytes;
    if (needed > old.length) {
      this.#bytes = new Uint8Array(Math.max(needed, Math.min(old.length, needed) * 2));
      this.#bytes.set(old.subarray(0, this.#used));
    }
    return this.#bytes;
  }

  /** So many of the reserved bytes are built. */
  add(bytes: number): void {
    this.#used += bytes;
  }

  /** Of what is built; valid until the next {@link reserve}. */
  view(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** What was built is written: begins again at the front. */
  clear(): void {
    const used = this.#used;
    this.#used = 0;
    const { length } = this.#bytes;
    if (length > KEEP_BYTES && used < length * WELL_USED_SHARE) {
      this.#bytes = new Uint8Array(KEEP_BYTES);
    }
  }
}
