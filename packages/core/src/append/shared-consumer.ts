/**
 * The flusher's end of a shared stripe: sees what is published, hands out its bytes, tells the
 * producer what was numbered and what is durable. It never waits for the producer.
 */
import { RingConsumer, type RingEntry } from "./ring-buffer.ts";
import {
  DEMAND,
  DETACHED,
  DURABLE,
  FOR_ANSWERS,
  FOR_ROOM,
  HIGH_WATER,
  NUMBERED,
  SIGNAL,
  STATE,
  type SharedStripeMemory,
  WAITING,
  WAITS,
  ahead,
} from "./shared-stripe.ts";
import type { StripeStats } from "./stripe.ts";

export class SharedConsumer {
  readonly memory: SharedStripeMemory;
  readonly ring: RingConsumer;
  /** Called when the stripe is given up. */
  onDropped: (() => void) | undefined;
  readonly #cursors: Int32Array;
  /** Published as of the last {@link look}. */
  #seen: number;
  #next: RingEntry | undefined;
  #numbered: number;
  #announced: number;
  #durable: number;
  #pendingRecords = 0;
  /** Pieces of an entry that is larger than the ring. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** Assembled entries that wait for the flusher: one at a time bounds the memory. */
  #bodies = 0;
  #abandoned = false;

  constructor(memory: SharedStripeMemory) {
    this.memory = memory;
    this.#cursors = memory.ring.cursors;
    this.ring = new RingConsumer(memory.ring);
    this.#numbered = Atomics.load(this.#cursors, NUMBERED);
    this.#announced = this.#numbered;
    this.#seen = this.#numbered;
    this.#durable = Atomics.load(this.#cursors, DURABLE);
  }

  /** Takes note of what is published by now. */
  look(): void {
    if (this.#abandoned) return;
    this.#seen = this.ring.published();
    this.#peek();
  }

  /** The oldest entry without an LSN, as of the last {@link look}. */
  get next(): RingEntry | undefined {
    return this.#next;
  }

  /** Something is published that has no LSN, or the producer asks for something, or it has left. */
  hasNews(): boolean {
    if (this.gone) return true;
    if (this.#abandoned) return false;
    return this.ring.published() !== this.#numbered || Atomics.load(this.#cursors, DEMAND) === 1;
  }

  /** A piece of a large entry may be taken: everything numbered has left the ring, and no other large entry waits. */
  get takesPieces(): boolean {
    return this.#numbered === this.ring.taken && this.#bodies === 0;
  }

  /** The producer has left, and everything it published is taken and durable. */
  get gone(): boolean {
    if (this.#durable !== this.#numbered || this.ring.taken !== this.#numbered) return false;
    if (this.#abandoned) return true;
    // In this order: what it published before it left is seen.
    const left = Atomics.load(this.#cursors, STATE) === DETACHED;
    return left && this.ring.published() === this.#numbered;
  }

  /** Gives the next entry its LSN; `lastLsn` is that of its last record. */
  number(records: number, lastLsn: number): void {
    const { lsns } = this.memory;
    lsns[this.#numbered & (lsns.length - 1)] = lastLsn;
    this.#numbered = (this.#numbered + 1) | 0;
    this.#pendingRecords += records;
    // The LSN is in its slot before the cursor says so.
    Atomics.store(this.#cursors, NUMBERED, this.#numbered);
    this.#peek();
  }

  /** Takes the next entry, a piece of a large one; the caller has seen {@link takesPieces}. */
  takePiece(): void {
    const { bytes } = this.#next!;
    this.#keepPiece(bytes);
    const { lsns } = this.memory;
    // It has no LSN: durable as soon as what stands before it is.
    lsns[this.#numbered & (lsns.length - 1)] = 0;
    const caughtUp = this.#durable === this.#numbered;
    this.#numbered = (this.#numbered + 1) | 0;
    Atomics.store(this.#cursors, NUMBERED, this.#numbered);
    if (caughtUp) {
      this.#durable = this.#numbered;
      Atomics.store(this.#cursors, DURABLE, this.#durable);
    }
    this.signalRoom();
    this.#peek();
  }

  /** Takes the last piece and gives the whole its LSN; its body leaves the stripe at once. */
  takeLast(records: number, lastLsn: number): Uint8Array {
    this.#keepPiece(this.#next!.bytes);
    this.#bodies++;
    const body = new Uint8Array(this.#pieceBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.number(records, lastLsn);
    this.signalRoom();
    return body;
  }

  /** Moves the `entries` oldest entries, numbered, `bytes` together, to `into` at `at`. */
  move(
    run: { entries: number; records: number; bytes: number },
    into: Uint8Array,
    at: number,
  ): void {
    this.ring.copy(run.bytes, into, at);
    this.ring.take(run.entries, run.bytes);
    this.#pendingRecords -= run.records;
  }

  /** A body from {@link takeLast} is on its way to the storage. */
  bodyLeft(records: number): void {
    this.#bodies--;
    this.#pendingRecords -= records;
  }

  /** Everything up to `lsn` is durable. */
  acknowledge(lsn: number): void {
    const { lsns } = this.memory;
    const before = this.#durable;
    while (this.#durable !== this.#numbered && lsns[this.#durable & (lsns.length - 1)]! <= lsn) {
      this.#durable = (this.#durable + 1) | 0;
    }
    if (this.#durable === before) return;
    Atomics.store(this.#cursors, DURABLE, this.#durable);
    this.signal();
  }

  /** True if the producer asked for something since the last look. */
  demanded(): boolean {
    return Atomics.exchange(this.#cursors, DEMAND, 0) === 1;
  }

  /** Wakes the producer if it waits for numbers it has not been told of. */
  announce(): void {
    if (this.#announced === this.#numbered) return;
    this.#announced = this.#numbered;
    this.signal();
  }

  /** Wakes the producer if it sleeps: cursors first, then SIGNAL, then the look at WAITING. */
  signal(): void {
    this.#signal(FOR_ANSWERS);
  }

  /** The same if it sleeps for want of room: waking who waits for the sync alone would cost two threads their turn. */
  signalRoom(): void {
    this.#signal(FOR_ROOM);
  }

  /** The producer is dead: what has an LSN stays, a large entry it had begun goes, nothing more is taken. */
  abandon(): void {
    Atomics.store(this.#cursors, STATE, DETACHED);
    this.#abandoned = true;
    this.#seen = this.#numbered;
    this.#next = undefined;
    this.#pieces = [];
    this.#pieceBytes = 0;
    // One that lives on, against what was said of it, learns that nobody listens any more.
    this.signal();
  }

  stats(): StripeStats {
    return {
      pendingRecords: this.#pendingRecords + this.#unnumberedRecords(),
      pendingBytes: this.ring.used(),
      highWaterBytes: Atomics.load(this.#cursors, HIGH_WATER),
      capacityBytes: this.memory.ring.data.length,
      waits: Atomics.load(this.#cursors, WAITS),
    };
  }

  #signal(least: number): void {
    Atomics.add(this.#cursors, SIGNAL, 1);
    if (Atomics.load(this.#cursors, WAITING) >= least) Atomics.notify(this.#cursors, SIGNAL);
  }

  #peek(): void {
    this.#next =
      ahead(this.#seen, this.#numbered) > 0
        ? this.ring.peek(ahead(this.#numbered, this.ring.taken))
        : undefined;
  }

  #keepPiece(bytes: number): void {
    const piece = new Uint8Array(bytes);
    this.ring.copy(bytes, piece, 0);
    this.ring.take(1, bytes);
    this.#pieces.push(piece);
    this.#pieceBytes += bytes;
  }

  #unnumberedRecords(): number {
    const from = ahead(this.#numbered, this.ring.taken);
    let records = 0;
    for (let i = this.ring.waiting() - 1; i >= from; i--) records += this.ring.peek(i).records;
    return records;
  }
}
