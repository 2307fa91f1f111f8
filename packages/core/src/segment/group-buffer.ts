/**
 * The memory groups are built in, frame behind frame, each group written in one piece. There are two:
 * while one group is being written the next is built in the other.
 */

const FIRST_BYTES = 64 * 1024;
/** A memory above this is kept only while groups fill a good part of it: a huge record's is not. */
const KEEP_BYTES = 4 * 1024 * 1024;
const WELL_USED_SHARE = 1 / 4;

export class GroupBuffer {
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** What {@link take} gave out last; free again when it is called next. */
  #taken: Uint8Array | undefined;
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

  /** All that is built, to be written: valid until the next call. Building begins again at the front of the other. */
  take(): Uint8Array {
    const used = this.#used;
    const built = this.#bytes;
    const wasHuge = built.length > KEEP_BYTES && used < built.length * WELL_USED_SHARE;
    this.#bytes = this.#taken ?? new Uint8Array(FIRST_BYTES);
    this.#taken = wasHuge ? new Uint8Array(KEEP_BYTES) : built;
    this.#used = 0;
    return built.subarray(0, used);
  }
}
