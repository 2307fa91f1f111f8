/**
 * Writing into a shared stripe: room, stamp, publish, wake. The stamp is taken after the bytes are in
 * the ring and before they are published, so its order is the order of the appends.
 */
import { RingProducer } from "./ring-buffer.ts";
import { putU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import {
  DURABLE,
  HIGH_WATER,
  SLEEPING,
  STAMP,
  type SharedStripeMemory,
  WAITS,
  ahead,
} from "./shared-stripe.ts";

/** An append that may take several steps. */
export interface PublishPlan {
  /** The first piece of a large entry is in the ring: it can no longer be given up. */
  readonly begun: boolean;
  /** Does as much as there is room for; true when all is published. */
  step(): boolean;
  /** There is room for the next step. */
  fits(): boolean;
}

export class Publisher {
  readonly #memory: SharedStripeMemory;
  readonly #ring: RingProducer;
  readonly #cursors: Int32Array;
  #highWater = 0;

  constructor(memory: SharedStripeMemory) {
    this.#memory = memory;
    this.#cursors = memory.ring.cursors;
    this.#ring = new RingProducer(memory.ring);
  }

  /** Entries published, mod 2^32. */
  get entries(): number {
    return this.#ring.published;
  }

  /** Room for an entry of `bytes`, and a slot for its LSN that nobody waits for any more. */
  fits(bytes: number): boolean {
    const undurable = ahead(this.#ring.published, Atomics.load(this.#cursors, DURABLE));
    return undurable < this.#ring.slots - 1 && this.#ring.fits(bytes);
  }

  /** Publishes records as one entry; the caller has checked {@link fits}. */
  publish(records: readonly Uint8Array[], bytes: number): void {
    for (const record of records) this.#ring.writeRecord(record);
    const stamp = Atomics.add(this.#memory.control, STAMP, 1);
    this.#ring.publish(bytes, records.length, stamp, false);
    const used = this.#ring.used();
    if (used > this.#highWater) {
      this.#highWater = used;
      Atomics.store(this.#cursors, HIGH_WATER, used);
    }
    this.wake();
  }

  /** As {@link publish}, when there is room; an entry larger than the ring goes in pieces. */
  plan(records: readonly Uint8Array[], bytes: number): PublishPlan {
    return bytes <= this.#ring.capacity ? this.#small(records, bytes) : this.#large(records, bytes);
  }

  /** Last LSN of the entry that was the `entry`-th, while its slot is its own. */
  lsnOf(entry: number): number {
    const { lsns } = this.#memory;
    return lsns[(entry - 1) & (lsns.length - 1)]!;
  }

  /** Wakes the flusher if it sleeps; only one producer pays for it. */
  wake(): void {
    const { control } = this.#memory;
    if (Atomics.load(control, SLEEPING) === 1 && Atomics.exchange(control, SLEEPING, 0) === 1) {
      Atomics.notify(control, SLEEPING);
    }
  }

  countWait(): void {
    Atomics.add(this.#cursors, WAITS, 1);
  }

  describe(): string {
    const { capacity } = this.#ring;
    return `no room for the record: ${this.#ring.used()} of ${capacity} bytes of this stripe wait for the flusher`;
  }

  #small(records: readonly Uint8Array[], bytes: number): PublishPlan {
    return {
      begun: false,
      fits: () => this.fits(bytes),
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
    const fits = (): boolean => this.fits(Math.min(piece, bytes - at));
    const step = (): boolean => {
      while (at < bytes && fits()) {
        const end = Math.min(at + piece, bytes);
        const last = end === bytes;
        this.#ring.writeBytes(encoded.subarray(at, end));
        const stamp = last ? Atomics.add(this.#memory.control, STAMP, 1) : 0;
        this.#ring.publish(end - at, last ? records.length : 0, stamp, last);
        at = end;
        this.wake();
      }
      return at === bytes;
    };
    return {
      get begun() {
        return at > 0;
      },
      fits,
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
