/**
 * A byte ring with one producer and one consumer: the memory behind a stripe. Positions run mod 2^32
 * and are compared by difference, so they stay exact for ever; the capacity is a power of two.
 * All state the two sides share lies in typed arrays, so the ring works on a SharedArrayBuffer too:
 * the producer publishes `tail` after the bytes, the consumer `head` after it has copied them.
 * An access through Atomics is a call and, as a store, waits for all stores before it, so one record costs
 * one of them: the entry says where its bytes end, and what the consumer took is read when room seems short.
 */

/** Positions of the shared cursors: what the producer writes and what the consumer writes lie on different cache lines. */
const TAIL_ENTRIES = 0;
const HEAD_BYTES = 16;
const HEAD_ENTRIES = 17;
/** Ints of the cursor block; from here on the block belongs to the shared stripe's protocol. */
export const CURSOR_INTS = 32;
/** An entry: its bytes, its records (sign bit: the bytes are not in the ring), its order stamp, where its bytes end. */
const ENTRY_INTS = 4;
const END = 3;
/** Smallest useful average entry; bounds the entry slots. */
const BYTES_PER_ENTRY = 32;
/** Smaller rings are not worth their cursors. */
const LEAST_BYTES = 1024;

/** The memory of a ring; plain or shared, cloneable to a worker when shared. */
export interface RingMemory {
  readonly cursors: Int32Array;
  readonly entries: Int32Array;
  readonly data: Uint8Array;
}

/** One published entry: a record, or a batch that must stay whole. */
export interface RingEntry {
  readonly bytes: number;
  readonly records: number;
  readonly stamp: number;
  /** The bytes travel beside the ring because they do not fit into it. */
  readonly outside: boolean;
}

/** Entries at the front of a ring. */
export interface RingRun {
  readonly entries: number;
  readonly records: number;
  readonly bytes: number;
  readonly outside: boolean;
}

/** Memory for `capacity` bytes (rounded up to a power of two); positions begin at `start`. */
export function ringMemory(
  capacity: number,
  make: (bytes: number) => ArrayBufferLike = (n) => new ArrayBuffer(n),
  extra: { readonly moreInts: number; readonly start: number } = { moreInts: 0, start: 0 },
): RingMemory {
  const bytes = 2 ** Math.ceil(Math.log2(Math.max(capacity, LEAST_BYTES)));
  const cursors = new Int32Array(make((CURSOR_INTS + extra.moreInts) * 4));
  for (const word of [TAIL_ENTRIES, HEAD_BYTES, HEAD_ENTRIES]) {
    cursors[word] = extra.start;
  }
  return {
    cursors,
    entries: new Int32Array(make((bytes / BYTES_PER_ENTRY) * ENTRY_INTS * 4)),
    data: new Uint8Array(make(bytes)),
  };
}

/** The producer's end. Only one thread may use it. */
export class RingProducer {
  readonly capacity: number;
  readonly #memory: RingMemory;
  readonly #slots: number;
  #tail: number;
  #entries: number;
  /** What the consumer had taken when it was last looked at: never more than it has by now. */
  #head: number;
  #headEntries: number;

  /** The ring is empty: one that another producer has left must have been drained. */
  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.capacity = memory.data.length;
    this.#slots = memory.entries.length / ENTRY_INTS;
    this.#head = Atomics.load(memory.cursors, HEAD_BYTES);
    this.#headEntries = Atomics.load(memory.cursors, HEAD_ENTRIES);
    this.#tail = this.#head;
    this.#entries = this.#headEntries;
  }

  /** Entries published so far, mod 2^32. */
  get published(): number {
    return this.#entries;
  }

  /** Entry slots: a power of two. */
  get slots(): number {
    return this.#slots;
  }

  /** Bytes published and not yet taken, by the last look at the consumer: at most too many. */
  get usedAtMost(): number {
    return (this.#tail - this.#head) >>> 0;
  }

  /** Bytes published and not yet taken. */
  used(): number {
    this.#head = Atomics.load(this.#memory.cursors, HEAD_BYTES);
    return this.usedAtMost;
  }

  /** True if an entry of `bytes` (0 for one that travels outside) can be published now. */
  fits(bytes: number): boolean {
    if (this.#fitsAtLeast(bytes)) return true;
    const { cursors } = this.#memory;
    this.#head = Atomics.load(cursors, HEAD_BYTES);
    this.#headEntries = Atomics.load(cursors, HEAD_ENTRIES);
    return this.#fitsAtLeast(bytes);
  }

  /** Copies `payload` behind a length prefix; the caller has checked {@link fits}. Not yet published. */
  writeRecord(payload: Uint8Array): void {
    const { data } = this.#memory;
    const mask = this.capacity - 1;
    const length = payload.length;
    const at = this.#tail;
    data[at & mask] = length;
    data[(at + 1) & mask] = length >>> 8;
    data[(at + 2) & mask] = length >>> 16;
    data[(at + 3) & mask] = length >>> 24;
    this.#tail = (at + 4) | 0;
    this.writeBytes(payload);
  }

  /** Copies bytes as they are. */
  writeBytes(bytes: Uint8Array): void {
    const { data } = this.#memory;
    const start = this.#tail & (this.capacity - 1);
    const room = this.capacity - start;
    if (bytes.length <= room) {
      data.set(bytes, start);
    } else {
      data.set(bytes.subarray(0, room), start);
      data.set(bytes.subarray(room), 0);
    }
    this.#tail = (this.#tail + bytes.length) | 0;
  }

  /** Makes what was written since the last call one entry, visible to the consumer. */
  publish(bytes: number, records: number, stamp: number, outside: boolean): void {
    const { cursors, entries } = this.#memory;
    const slot = (this.#entries & (this.#slots - 1)) * ENTRY_INTS;
    entries[slot] = bytes;
    entries[slot + 1] = outside ? records | 0x8000_0000 : records;
    entries[slot + 2] = stamp;
    entries[slot + END] = this.#tail;
    this.#entries = (this.#entries + 1) | 0;
    // A sequentially consistent store: bytes and entry are there before the cursor says so.
    Atomics.store(cursors, TAIL_ENTRIES, this.#entries);
  }

  #fitsAtLeast(bytes: number): boolean {
    const waiting = (this.#entries - this.#headEntries) >>> 0;
    return waiting < this.#slots && bytes <= this.capacity - this.usedAtMost;
  }
}

/** The consumer's end. Only one thread may use it. */
export class RingConsumer {
  readonly #memory: RingMemory;
  readonly #slots: number;
  #head: number;
  #entries: number;

  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#slots = memory.entries.length / ENTRY_INTS;
    this.#head = Atomics.load(memory.cursors, HEAD_BYTES);
    this.#entries = Atomics.load(memory.cursors, HEAD_ENTRIES);
  }

  /** Bytes published and not yet taken. */
  used(): number {
    const published = this.published();
    if (published === this.#entries) return 0;
    // Its slot is not used again before it is taken.
    const last = ((published - 1) & (this.#slots - 1)) * ENTRY_INTS;
    return (this.#memory.entries[last + END]! - this.#head) >>> 0;
  }

  /** Published entries not yet taken. */
  waiting(): number {
    return (this.published() - this.#entries) >>> 0;
  }

  /** Entries published so far, mod 2^32. */
  published(): number {
    return Atomics.load(this.#memory.cursors, TAIL_ENTRIES);
  }

  /** Entries taken so far, mod 2^32. */
  get taken(): number {
    return this.#entries;
  }

  get slots(): number {
    return this.#slots;
  }

  /** Bytes of the oldest entry; the caller has checked {@link waiting}. */
  nextBytes(): number {
    return this.#memory.entries[(this.#entries & (this.#slots - 1)) * ENTRY_INTS]!;
  }

  /** The entry `ahead` places after the oldest one; the caller has checked {@link waiting}. */
  peek(ahead: number): RingEntry {
    const { entries } = this.#memory;
    const slot = ((this.#entries + ahead) & (this.#slots - 1)) * ENTRY_INTS;
    const records = entries[slot + 1]!;
    return {
      bytes: entries[slot]!,
      records: records & 0x7fff_ffff,
      stamp: entries[slot + 2]!,
      outside: records < 0,
    };
  }

  /**
   * The run of whole entries at the front: at most `most`, of `limit` bytes together, but the first one
   * always belongs to it. An entry from outside the ring is a run of its own.
   */
  run(limit: number, most: number): RingRun {
    const table = this.#memory.entries;
    const waiting = Math.min(this.waiting(), most);
    let entries = 0;
    let records = 0;
    let bytes = 0;
    let outside = false;
    while (entries < waiting && !outside) {
      // As `peek` reads it; an object an entry would be most of the work.
      const slot = ((this.#entries + entries) & (this.#slots - 1)) * ENTRY_INTS;
      const entryBytes = table[slot]!;
      const entryRecords = table[slot + 1]!;
      outside = entryRecords < 0;
      if (entries > 0 && (outside || bytes + entryBytes > limit)) {
        outside = false;
        break;
      }
      entries++;
      records += entryRecords & 0x7fff_ffff;
      bytes += entryBytes;
    }
    return { entries, records, bytes, outside };
  }

  /** Copies the oldest `bytes` of the ring (a run of entries) to `into` at `at`; takes nothing yet. */
  copy(bytes: number, into: Uint8Array, at: number): void {
    const { data } = this.#memory;
    const start = this.#head & (data.length - 1);
    const room = data.length - start;
    if (bytes <= room) {
      into.set(data.subarray(start, start + bytes), at);
    } else {
      into.set(data.subarray(start), at);
      into.set(data.subarray(0, bytes - room), at + room);
    }
  }

  /** Gives `entries` entries and `bytes` bytes of the ring back to the producer. */
  take(entries: number, bytes: number): void {
    this.#head = (this.#head + bytes) | 0;
    this.#entries = (this.#entries + entries) | 0;
    Atomics.store(this.#memory.cursors, HEAD_BYTES, this.#head);
    Atomics.store(this.#memory.cursors, HEAD_ENTRIES, this.#entries);
  }
}
