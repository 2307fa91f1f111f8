/**
 * Writing into a shared stripe: room, stamp, publish, wake. The stamp is taken after the bytes are in
 * the ring and before they are published, so its order is the order of the appends. Counts of entries
 * are absolute here, from the entries published before this producer came; only the words wrap.
 */
import { WalError } from "../errors.ts";
import { putU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import { RingProducer } from "./ring-buffer.ts";
import {
  ASLEEP,
  BELL,
  DURABLE,
  HIGH_WATER,
  NUMBERED,
  STAMP,
  type SharedStripeMemory,
  WAITS,
  WILL_LOOK,
  ahead,
} from "./shared-stripe.ts";

/** An append that may take several steps. */
export interface PublishPlan {
  /** The first piece of a large entry is in the ring: it can no longer be given up. */
  readonly begun: boolean;
  /** Does as much as there is room for; true when all is published. */
  step(): boolean;
}

export class Publisher {
  readonly #memory: SharedStripeMemory;
  readonly #control: Int32Array;
  readonly #ring: RingProducer;
  readonly #cursors: Int32Array;
  #published = 0;
  /** Everybody who waits for one of these entries has been answered: their LSN slots are free. */
  #answered = 0;
  /** The flusher's sleep in which this producer has rung already. */
  #rung = 0;
  #highWater = 0;
  /** Less than half of the ring, and no more than it held before. */
  #calm = 0;

  constructor(memory: SharedStripeMemory) {
    this.#memory = memory;
    this.#control = memory.control;
    this.#cursors = memory.ring.cursors;
    this.#ring = new RingProducer(memory.ring);
  }

  /** Entries published. */
  get published(): number {
    return this.#published;
  }

  get capacity(): number {
    return this.#ring.capacity;
  }

  /** Entries that have an LSN. */
  numbered(): number {
    return this.#absolute(NUMBERED);
  }

  /** Entries that are durable. */
  durable(): number {
    return this.#absolute(DURABLE);
  }

  /** Everybody who waits for an entry up to `durable` has been answered: their slots may be used again. */
  answered(durable: number): void {
    this.#answered = durable;
  }

  /** Room for an entry of `bytes`, and a slot for its LSN that nobody waits for any more. */
  fits(bytes: number): boolean {
    return this.#published - this.#answered < this.#ring.slots && this.#ring.fits(bytes);
  }

  /** Publishes records as one entry that somebody waits for; the caller has checked {@link fits}. */
  publish(records: readonly Uint8Array[], bytes: number): void {
    for (const record of records) this.#ring.writeRecord(record);
    this.#publish(bytes, records.length, Atomics.add(this.#control, STAMP, 1), false);
    if (this.#ring.usedAtMost > this.#calm) this.#measure();
    this.wake();
  }

  /** The same for one record. */
  publishOne(record: Uint8Array, bytes: number): void {
    this.#ring.writeRecord(record);
    this.#publish(bytes, 1, Atomics.add(this.#control, STAMP, 1), false);
    if (this.#ring.usedAtMost > this.#calm) this.#measure();
    this.wake();
  }

  /** There is room without a look at what the flusher took, and so much that no figure changes and nobody need hurry. */
  isCalm(bytes: number): boolean {
    return (
      this.#ring.usedAtMost + bytes <= this.#calm &&
      this.#published - this.#answered < this.#ring.slots
    );
  }

  /** As {@link publishUnwaited}, when {@link isCalm}: the way of nearly all records, so each step counts. */
  publishCalm(record: Uint8Array, bytes: number): number {
    this.#ring.writeRecord(record);
    this.#ring.publish(bytes, 1, Atomics.add(this.#control, STAMP, 1), false);
    if ((Atomics.load(this.#control, ASLEEP) & (WILL_LOOK | 1)) === 1) this.wake();
    return ++this.#published;
  }

  /** As {@link publish}, for one record that nobody waits for yet; returns {@link published}. */
  publishUnwaited(record: Uint8Array, bytes: number): number {
    const published = this.publishCalm(record, bytes);
    // Half full is reason enough for a group, whatever the mode delays.
    if (this.#measure() * 2 >= this.capacity) this.wake();
    return published;
  }

  /** As {@link publish}, when there is room; an entry larger than the ring goes in pieces. Owns `records`. */
  plan(records: readonly Uint8Array[], bytes: number): PublishPlan {
    return bytes <= this.#ring.capacity ? this.#small(records, bytes) : this.#large(records, bytes);
  }

  /** Last LSN of an entry, from when it is numbered until it is {@link answered}. */
  lsnOf(entry: number): number {
    const { lsns } = this.#memory;
    const slot = (this.#ring.published + (entry - 1 - this.#published)) & (lsns.length - 1);
    return lsns[slot]!;
  }

  /** The same for an entry that may be {@link answered} already, or a piece of a large one: 0 then. */
  newLsnOf(entry: number): number {
    return entry > this.#answered ? this.lsnOf(entry) : 0;
  }

  /**
   * Wakes the flusher if it sleeps; once a producer and sleep. BELL changes before the notify, so a
   * flusher on its way to sleep stays awake; whoever dies in between has kept nobody else from ringing.
   */
  wake(): void {
    const control = this.#control;
    const asleep = Atomics.load(control, ASLEEP);
    if ((asleep & 1) === 0 || asleep === this.#rung) return;
    this.#rung = asleep;
    Atomics.add(control, BELL, 1);
    Atomics.notify(control, BELL);
  }

  countWait(): void {
    Atomics.add(this.#cursors, WAITS, 1);
  }

  /** What becomes of who cannot wait. */
  noRoom(): WalError {
    const { capacity } = this.#ring;
    const message = `no room for the record: ${this.#ring.used()} of ${capacity} bytes of this stripe wait for the flusher`;
    return new WalError("WAL_BACKPRESSURE", message, { details: { outcome: "not-written" } });
  }

  #absolute(word: number): number {
    return this.#published - ahead(this.#ring.published, Atomics.load(this.#cursors, word));
  }

  #publish(bytes: number, records: number, stamp: number, last: boolean): void {
    this.#ring.publish(bytes, records, stamp, last);
    this.#published++;
  }

  /** Returns how many bytes of the ring are used; more than ever is said to who asks for figures. */
  #measure(): number {
    const used = this.#ring.used();
    if (used > this.#highWater) {
      this.#highWater = used;
      Atomics.store(this.#cursors, HIGH_WATER, used);
      this.#calm = Math.min(used, this.capacity / 2 - 1);
    }
    return used;
  }

  #small(records: readonly Uint8Array[], bytes: number): PublishPlan {
    return {
      begun: false,
      step: () => {
        if (!this.fits(bytes)) return false;
        this.publish(records, bytes);
        return true;
      },
    };
  }

  /** Pieces carry no records and no stamp; the last one carries both for the whole. */
  #large(records: readonly Uint8Array[], bytes: number): PublishPlan {
    const encoded = encode(records, bytes);
    const piece = this.#ring.capacity / 2;
    let at = 0;
    const step = (): boolean => {
      while (at < bytes && this.fits(Math.min(piece, bytes - at))) {
        const end = Math.min(at + piece, bytes);
        const last = end === bytes;
        this.#ring.writeBytes(encoded.subarray(at, end));
        const stamp = last ? Atomics.add(this.#control, STAMP, 1) : 0;
        this.#publish(end - at, last ? records.length : 0, stamp, last);
        this.#measure();
        this.wake();
        at = end;
      }
      return at === bytes;
    };
    return {
      get begun() {
        return at > 0;
      },
      step,
    };
  }
}

function encode(records: readonly Uint8Array[], bytes: number): Uint8Array {
  const encoded = new Uint8Array(bytes);
  let at = 0;
  for (const record of records) {
    putU32(encoded, at, record.length);
    encoded.set(record, at + RECORD_PREFIX_BYTES);
    at += RECORD_PREFIX_BYTES + record.length;
  }
  return encoded;
}
