/**
 * Records that say who wrote them, and the ledger of what was acknowledged. Reading back proves that
 * every acknowledged record is there, whole, once and in the order of its writer.
 */

const STAMP_BYTES = 8;

/**
 * Bytes nobody compresses, the same in every run: xorshift32. All bytes are ASCII, so that stores which
 * keep text need no escapes and are not the larger for it.
 */
export function template(bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  let state = 0x9e37_79b9;
  for (let at = STAMP_BYTES; at < bytes; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    made[at] = state & 0x7f;
  }
  return made;
}

/** Marks `record` as number `count` of `writer`. */
export function stamp(record: Uint8Array, writer: number, count: number): void {
  put28(record, 0, writer);
  put28(record, 4, count);
}

/** The number a record carries. */
export function countOf(record: Uint8Array): number {
  return get28(record, 4);
}

/** Who wrote a record. */
export function writerOf(record: Uint8Array): number {
  return get28(record, 0);
}

export class Ledger {
  /** Acknowledged records of each writer. */
  readonly acknowledged: Float64Array;
  readonly #seen: Float64Array;
  readonly #template: Uint8Array;
  readonly #trimmed: boolean;
  #problem: string | undefined;
  #records = 0;

  constructor(writers: number, payload: Uint8Array, trimmed: boolean) {
    this.acknowledged = new Float64Array(writers);
    this.#seen = new Float64Array(writers).fill(trimmed ? -1 : 0);
    this.#template = payload.slice(STAMP_BYTES);
    this.#trimmed = trimmed;
  }

  /** A record that was read back. */
  check(record: Uint8Array): void {
    this.#records++;
    if (this.#problem !== undefined) return;
    if (record.length !== this.#template.length + STAMP_BYTES) {
      this.#problem = `record ${this.#records} has ${record.length} bytes`;
      return;
    }
    const writer = get28(record, 0);
    const count = get28(record, 4);
    const expected = this.#seen[writer];
    if (expected === undefined || (expected !== -1 && count !== expected)) {
      this.#problem = `record ${this.#records} is number ${count} of writer ${writer}, expected ${expected ?? "none"}`;
    } else if (!endsWith(record, this.#template)) {
      this.#problem = `record ${this.#records} has other bytes than were written`;
    }
    this.#seen[writer] = count + 1;
  }

  /** The verdict after everything was read. */
  verdict(): "yes" | `no: ${string}` {
    if (this.#problem !== undefined) return `no: ${this.#problem}`;
    for (const [writer, acknowledged] of this.acknowledged.entries()) {
      const seen = this.#seen[writer]!;
      if (seen >= acknowledged || (this.#trimmed && acknowledged === 0)) continue;
      return `no: writer ${writer} was told ${acknowledged} records are safe, ${seen} are there`;
    }
    return "yes";
  }
}

/** Browsers have no `Buffer.compare`. */
function endsWith(record: Uint8Array, end: Uint8Array): boolean {
  const start = record.length - end.length;
  for (let at = 0; at < end.length; at++) if (record[start + at] !== end[at]) return false;
  return true;
}

/** 28 bits in four bytes of ASCII. */
function put28(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 0x7f;
  bytes[at + 1] = (value >>> 7) & 0x7f;
  bytes[at + 2] = (value >>> 14) & 0x7f;
  bytes[at + 3] = (value >>> 21) & 0x7f;
}

function get28(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 7) | (bytes[at + 2]! << 14) | (bytes[at + 3]! << 21);
}
