/**
 * The flusher's end of a shared stripe: sees what is published, hands out its bytes, tells the
 * producer what was numbered and what is durable. It never waits for the producer.
 */
import { RingConsumer, type RingEntry } from "./ring-buffer.ts";
import {
  ATTACHED,
  DEMAND,
  DURABLE,
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
  readonly #cursors: Int32Array;
  #numbered: number;
  #durable: number;
  #pendingRecords = 0;
  /** Pieces of an entry that is larger than the ring. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  constructor(memory: SharedStripeMemory) {
    this.memory = memory;
    this.#cursors = memory.ring.cursors;
    this.ring = new RingConsumer(memory.ring);
    this.#numbered = Atomics.load(this.#cursors, NUMBERED);
    this.#durable = Atomics.load(this.#cursors, DURABLE);
  }

  /** The oldest published entry without an LSN, or `undefined`. */
  nextUnnumbered(): RingEntry | undefined {
    const offset = ahead(this.#numbered, this.ring.taken);
    return this.ring.waiting() > offset ? this.ring.peek(offset) : undefined;
  }

  /** Every numbered entry has been taken out of the ring. */
  get drained(): boolean {
    return this.#numbered === this.ring.taken;
  }

  /** Nothing is published that was not taken, and everything taken is durable. */
  get idle(): boolean {
    return this.ring.waiting() === 0 && this.#durable === this.#numbered;
  }

  get attached(): boolean {
    return Atomics.load(this.#cursors, STATE) === ATTACHED;
  }

  /** Gives the next entry its LSN; `lastLsn` is that of its last record. */
  number(records: number, lastLsn: number): void {
    const { lsns } = this.memory;
    lsns[this.#numbered & (lsns.length - 1)] = lastLsn;
    this.#numbered = (this.#numbered + 1) | 0;
    this.#pendingRecords += records;
    // The LSN is in its slot before the cursor says so.
    Atomics.store(this.#cursors, NUMBERED, this.#numbered);
  }

  /** Takes a piece of a large entry; the caller has seen that the ring holds nothing older. */
  takePiece(bytes: number): void {
    const piece = new Uint8Array(bytes);
    this.ring.copy(bytes, piece, 0);
    this.ring.take(1, bytes);
    this.#numbered = (this.#numbered + 1) | 0;
    Atomics.store(this.#cursors, NUMBERED, this.#numbered);
    this.#pieces.push(piece);
    this.#pieceBytes += bytes;
  }

  /** All pieces as one body, and forgets them. */
  assemble(): Uint8Array {
    const body = new Uint8Array(this.#pieceBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#pieceBytes = 0;
    return body;
  }

  /** Records of numbered entries that left the stripe. */
  left(records: number): void {
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

  /** True if the producer asked for durability since the last look. */
  demanded(): boolean {
    return Atomics.exchange(this.#cursors, DEMAND, 0) === 1;
  }

  /** Wakes the producer if it sleeps: cursors first, then SIGNAL, then the look at WAITING. */
  signal(): void {
    Atomics.add(this.#cursors, SIGNAL, 1);
    if (Atomics.exchange(this.#cursors, WAITING, 0) === 1) Atomics.notify(this.#cursors, SIGNAL);
  }

  stats(): StripeStats {
    return {
      pendingRecords: this.#pendingRecords + Math.max(0, this.ring.waiting()),
      pendingBytes: this.ring.used(),
      highWaterBytes: Atomics.load(this.#cursors, HIGH_WATER),
      capacityBytes: this.memory.ring.data.length,
      waits: Atomics.load(this.#cursors, WAITS),
    };
  }
}
