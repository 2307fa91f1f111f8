/**
 * One file of the fake origin, twice: as programs see it, and as it is on the disk. In between lie the
 * operations no flush has covered; a power cut lets an arbitrary part of them through, sector by sector.
 */

/** What the disk may still be told of. */
type Pending =
  | { readonly kind: "write"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

/** Decides what a power cut lets through: a number from 0 up to `below`. */
export type Dice = (below: number) => number;

const sectorBytes = 512;

export class FakeFile {
  seen: Uint8Array = new Uint8Array(0);
  /** Changes with every operation that makes older `File` snapshots unreadable. */
  version = 0;
  open = false;
  #disk: Uint8Array = new Uint8Array(0);
  #pending: Pending[] = [];

  write(bytes: Uint8Array, at: number): void {
    const copy = bytes.slice();
    this.seen = withBytes(this.seen, copy, at);
    this.#pending.push({ kind: "write", at, bytes: copy });
    this.version += 1;
  }

  truncate(size: number): void {
    if (size === this.seen.length) return;
    this.seen = resized(this.seen, size);
    this.#pending.push({ kind: "truncate", size });
    this.version += 1;
  }

  flush(): void {
    this.#disk = this.seen.slice();
    this.#pending = [];
  }

  /** What was not flushed is there in part, whatever order it was written in. */
  cutPower(dice: Dice): void {
    for (const pending of this.#pending) {
      if (pending.kind === "truncate") {
        if (dice(2) === 0) this.#disk = resized(this.#disk, pending.size);
        continue;
      }
      const { at, bytes } = pending;
      for (let from = 0; from < bytes.length;) {
        const to = Math.min(bytes.length, from + sectorBytes - ((at + from) % sectorBytes));
        const fate = dice(4);
        // A size can reach the disk without its bytes: zeros, as seen in both browsers.
        if (fate === 0) this.#disk = withBytes(this.#disk, new Uint8Array(0), at + to);
        if (fate > 1)
          this.#disk = withBytes(this.#disk, torn(bytes.subarray(from, to), dice), at + from);
        from = to;
      }
    }
    this.seen = this.#disk.slice();
    this.#pending = [];
    this.version += 1;
    this.open = false;
  }
}

/** One sector in sixteen does not even arrive whole. */
function torn(bytes: Uint8Array, dice: Dice): Uint8Array {
  return dice(16) === 0 ? bytes.subarray(0, dice(bytes.length)) : bytes;
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const next = new Uint8Array(size);
  next.set(bytes.subarray(0, size));
  return next;
}

function withBytes(target: Uint8Array, bytes: Uint8Array, at: number): Uint8Array {
  const end = at + bytes.length;
  const next = end > target.length ? resized(target, end) : target;
  next.set(bytes, at);
  return next;
}
