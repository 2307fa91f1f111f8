/**
 * A stripe: where one producer's records wait for the flusher, in disk layout, in bounded memory.
 * This one belongs to the log's own thread, so producer and consumer sit in one object and a record's
 * LSN is known when it is pushed. It knows nothing of frames, segments or promises.
 */
import { putU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import {
  RingConsumer,
  type RingEntry,
  RingProducer,
  type RingRun,
  ringMemory,
} from "./ring-buffer.ts";

/** Counters of a stripe. */
export interface StripeStats {
  /** Records waiting for the flusher, and their bytes with length prefixes. */
  readonly pendingRecords: number;
  readonly pendingBytes: number;
  /** Most bytes that ever waited. */
  readonly highWaterBytes: number;
  readonly capacityBytes: number;
  /** How often a caller had to wait for room or was refused. */
  readonly waits: number;
}

/** Bytes `records` take in a stripe and in a frame's body. */
export function encodedBytes(records: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const record of records) bytes += RECORD_PREFIX_BYTES + record.length;
  return bytes;
}

export class Stripe {
  readonly #producer: RingProducer;
  readonly #consumer: RingConsumer;
  /** Entries too large for the ring, encoded, oldest first; at most one at a time bounds the memory. */
  readonly #outside: Uint8Array[] = [];
  #records = 0;
  #bytes = 0;
  #highWater = 0;
  #waits = 0;

  constructor(capacity: number) {
    const memory = ringMemory(capacity);
    this.#producer = new RingProducer(memory);
    this.#consumer = new RingConsumer(memory);
  }

  get pendingRecords(): number {
    return this.#records;
  }

  get pendingBytes(): number {
    return this.#bytes;
  }

  get capacity(): number {
    return this.#producer.capacity;
  }

  /** True if `records` (one, or a batch that stays whole) find room now. */
  fits(bytes: number): boolean {
    return bytes > this.capacity
      ? this.#outside.length === 0 && this.#producer.fits(0)
      : this.#producer.fits(bytes);
  }

  /** Copies one record in; the caller has checked {@link fits}. */
  push(record: Uint8Array): void {
    const bytes = RECORD_PREFIX_BYTES + record.length;
    if (bytes > this.capacity) {
      this.#pushOutside([record], bytes);
      return;
    }
    this.#producer.writeRecord(record);
    this.#producer.publish(bytes, 1, 0, false);
    this.#count(1, bytes);
  }

  /** Copies a batch in as one entry of `bytes`; the caller has checked {@link fits}. */
  pushBatch(records: readonly Uint8Array[], bytes: number): void {
    if (bytes > this.capacity) {
      this.#pushOutside(records, bytes);
      return;
    }
    for (const record of records) this.#producer.writeRecord(record);
    this.#producer.publish(bytes, records.length, 0, false);
    this.#count(records.length, bytes);
  }

  /** Copies records that are encoded already in as one entry; the caller has checked {@link fits}. */
  pushEncoded(encoded: Uint8Array, records: number): void {
    this.#producer.writeBytes(encoded);
    this.#producer.publish(encoded.length, records, 0, false);
    this.#count(records, encoded.length);
  }

  /** Bytes of the next entry's body, or `undefined` if nothing waits. */
  nextBytes(): number | undefined {
    return this.#consumer.waiting() === 0 ? undefined : this.#consumer.nextBytes();
  }

  /** The run at the front, see {@link RingConsumer.run}; the first entry always belongs to it. */
  run(limit: number, most: number = Infinity): RingRun {
    return this.#consumer.run(limit, most);
  }

  /** Everything that waits, oldest first. */
  waiting(): RingEntry[] {
    return Array.from({ length: this.#consumer.waiting() }, (_, i) => this.#consumer.peek(i));
  }

  /** Moves a run found by {@link run} to `into` at `at` and frees its room. */
  drain(run: RingRun, into: Uint8Array, at: number): void {
    if (run.outside) {
      into.set(this.#outside.shift()!, at);
      this.#consumer.take(run.entries, 0);
    } else {
      this.#consumer.copy(run.bytes, into, at);
      this.#consumer.take(run.entries, run.bytes);
    }
    this.#records -= run.records;
    this.#bytes -= run.bytes;
  }

  /** Counts a caller who had to wait or was refused. */
  countWait(): void {
    this.#waits++;
  }

  stats(): StripeStats {
    return {
      pendingRecords: this.#records,
      pendingBytes: this.pendingBytes,
      highWaterBytes: this.#highWater,
      capacityBytes: this.capacity,
      waits: this.#waits,
    };
  }

  #pushOutside(records: readonly Uint8Array[], bytes: number): void {
    const encoded = new Uint8Array(bytes);
    let at = 0;
    for (const record of records) {
      putU32(encoded, at, record.length);
      encoded.set(record, at + RECORD_PREFIX_BYTES);
      at += RECORD_PREFIX_BYTES + record.length;
    }
    this.#outside.push(encoded);
    this.#producer.publish(bytes, records.length, 0, true);
    this.#count(records.length, bytes);
  }

  #count(records: number, bytes: number): void {
    this.#records += records;
    this.#bytes += bytes;
    if (this.#bytes > this.#highWater) this.#highWater = this.#bytes;
  }
}
