/**
 * Appends on their way to the host. Everything that arrives while a group is on its way forms the next
 * one; memory is bounded, and who finds it full waits for room, first come first served.
 */
import { type RoomQueue, backpressure } from "../append/room.ts";
import { waitForRoom } from "../append/wait-for-room.ts";
import type { AppendOptions, WaitOptions } from "../commit/appender.ts";
import { checkAsked } from "../commit/durability.ts";
import type { WalError } from "../errors.ts";
import type { StripeStats } from "../append/stripe.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import { abortable } from "./abortable.ts";
import { AppendGroup } from "./append-group.ts";
import { LateCalls } from "./late-calls.ts";
import type { WireGroup, WireOutcome } from "./messages.ts";
import { Tickets } from "./tickets.ts";

/** Turns of the microtask queue in which a group still takes company: from an answer to the next append. */
const SETTLE_TURNS = 6;
const MAX_SETTLE_TURNS = 32;
const FIRST_BUFFER_BYTES = 4096;
const SPARE_BUFFERS = 2;

export interface OutboxParts {
  readonly stripeBytes: number;
  readonly room: RoomQueue;
  readonly send: (group: number, appends: WireGroup) => void;
}

export class Outbox {
  readonly tickets: Tickets = new Tickets();
  readonly #parts: OutboxParts;
  /** Groups not sent yet, oldest first; the last one is being filled. */
  #queue: AppendGroup[] = [];
  readonly #flight = new Map<number, AppendGroup>();
  readonly #later: LateCalls = new LateCalls();
  #spares: ArrayBuffer[] = [];
  #connected = false;
  #waits = true;
  #scheduled = false;
  #groups = 0;
  #ordinal = 0;
  #usedBytes = 0;
  #highWater = 0;
  #refusals = 0;
  #whenEmpty: (() => void)[] = [];

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Ordinal of the newest record taken. */
  get lastOrdinal(): number {
    return this.#ordinal;
  }

  get capacity(): number {
    return this.#parts.stripeBytes;
  }

  /** Records not answered yet. */
  get pending(): number {
    let records = 0;
    for (const group of [...this.#queue, ...this.#flight.values()]) records += group.records;
    return records;
  }

  fits(bytes: number): boolean {
    if (this.#parts.room.length > 0) return false;
    return this.#hasRoom(bytes);
  }

  /** Takes one record; the caller has checked {@link fits}. `undefined` callers hold a ticket. */
  add(record: Uint8Array, resolve?: (lsn: number) => void, reject?: (error: Error) => void): void {
    this.#filling().addOne(record, resolve, reject);
    this.#took(1, RECORD_PREFIX_BYTES + record.length);
  }

  /** Takes one call with all it may ask for, waiting for room if need be. Resolves to its first LSN. */
  async take(
    records: readonly Uint8Array[],
    bytes: number,
    options: AppendOptions & { readonly isBatch: boolean },
  ): Promise<number> {
    const { signal, isBatch } = options;
    checkAsked(options.durability);
    const isUrgent = options.durability === "synchronous";
    const add = (copies: readonly Uint8Array[]): Promise<number> =>
      new Promise((resolve, reject) => {
        this.#filling().add(copies, bytes, { resolve, reject, isBatch, isUrgent });
        this.#took(copies.length, bytes);
      });
    if (this.fits(bytes)) return abortable(() => add(records), signal, "the record");
    // The caller may reuse its bytes while this call waits. Not `slice()`: on a Node Buffer that is a view.
    const copies = records.map((record) => new Uint8Array(record));
    const [answered] = await this.whenRoom(bytes, () => [add(copies)] as const, options);
    return abortable(() => answered, signal, "the record");
  }

  /** Waits for room; `admit` runs when there is some. The deadline is the room's. */
  whenRoom<T>(bytes: number, admit: () => Promise<T> | T, options: WaitOptions): Promise<T> {
    this.#refusals++;
    return waitForRoom(this.#parts.room, { bytes, admit, signal: options.signal });
  }

  refuse(): WalError {
    this.#refusals++;
    return backpressure(this.describe());
  }

  describe(): string {
    const { stripeBytes, room } = this.#parts;
    const link = this.#connected
      ? `${this.#flight.size} groups are with it`
      : "it is not connected";
    return `${this.#usedBytes} of ${stripeBytes} bytes wait for the log's host, ${link}, ${room.length} callers wait for room`;
  }

  stats(): StripeStats {
    return {
      pendingRecords: this.pending,
      pendingBytes: this.#usedBytes,
      highWaterBytes: this.#highWater,
      capacityBytes: this.#parts.stripeBytes,
      waits: this.#refusals,
    };
  }

  /** Sends what waits, even while a group is on its way. */
  push(): void {
    if (!this.#connected) return;
    const queue = this.#queue;
    this.#queue = [];
    for (const group of queue) {
      const id = ++this.#groups;
      this.#flight.set(id, group);
      this.#parts.send(id, group.toWire());
    }
  }

  /** Resolves when nothing is queued or on its way. */
  async settled(): Promise<void> {
    if (this.#queue.length === 0 && this.#flight.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty.push(resolve);
    });
  }

  /** The LSN of a ticket once it is accepted; 0 = durable already. Rejects if it was refused or lost. */
  async lsnOf(ordinal: number): Promise<number> {
    await this.answered(ordinal);
    return this.tickets.lsnOf(ordinal);
  }

  /** Resolves once the fate of the record's group is known. */
  async answered(ordinal: number): Promise<void> {
    const group = [...this.#flight.values(), ...this.#queue].find(
      ({ firstOrdinal, lastOrdinal }) => firstOrdinal <= ordinal && ordinal <= lastOrdinal,
    );
    if (group !== undefined) await new Promise<void>((resolve) => group.watch(resolve));
  }

  connected(waits: boolean): void {
    this.#connected = true;
    this.#waits = waits;
    if (this.#queue.length > 0) this.#schedule();
  }

  accepted(id: number, outcome: WireOutcome, durableLsn: number, spare?: ArrayBuffer): void {
    const group = this.#flight.get(id);
    if (group === undefined) return;
    this.#flight.delete(id);
    // One that was copied is still here.
    const free = spare ?? group.buffer;
    if (free.byteLength > 0 && this.#spares.length < SPARE_BUFFERS) this.#spares.push(free);
    this.#usedBytes -= group.used;
    const later = group.accepted(outcome, { durableLsn, waits: this.#waits }, (fate) => {
      const { ordinal, records, lsn, error, isUntold } = fate;
      if (error !== undefined) {
        this.tickets.failed(ordinal, ordinal + records - 1, error, isUntold === true);
      } else if (lsn + records - 1 > durableLsn) {
        this.tickets.accepted(ordinal, lsn, records);
      }
    });
    if (later !== undefined) this.#later.add(later);
    group.tellWatchers();
    this.moved(durableLsn);
    this.#parts.room.admit((bytes) => this.#hasRoom(bytes));
    this.#next();
  }

  /** The host took nothing of the group: it goes to the front again, for the host that comes. */
  returned(id: number, bytes: ArrayBuffer): void {
    const group = this.#flight.get(id);
    if (group === undefined) return;
    this.#flight.delete(id);
    group.returned(bytes);
    this.#queue.push(group);
    this.#queue.sort((a, b) => a.firstOrdinal - b.firstOrdinal);
  }

  /** The host has stopped and had not received these: those still here go to the front again. */
  reclaim(): void {
    for (const [id, group] of this.#flight) {
      if (!group.isHere) continue;
      this.#flight.delete(id);
      this.#queue.push(group);
    }
    this.#queue.sort((a, b) => a.firstOrdinal - b.firstOrdinal);
  }

  /** Sends nothing more to this host. */
  hold(): void {
    this.#connected = false;
  }

  /** Answers who waited for durability up to `durableLsn`; with a failure, the others too. */
  moved(durableLsn: number, failureOf?: (lsn: number) => Error): void {
    this.tickets.forget(durableLsn);
    this.#later.moved(durableLsn, failureOf);
  }

  /** The host is gone, with everything it had in its hands. What was never sent stays. */
  disconnected(error: Error): void {
    this.#connected = false;
    this.moved(0, () => error);
    this.tickets.lost(error, !this.#waits);
    for (const [id, group] of this.#flight) {
      this.#flight.delete(id);
      this.#usedBytes -= group.used;
      const isUntold = group.fail(error);
      this.tickets.failed(group.firstOrdinal, group.lastOrdinal, error, isUntold);
      group.tellWatchers();
    }
    this.#parts.room.admit((bytes) => this.#hasRoom(bytes));
    this.#next();
  }

  /** No host will ever come again: what was never sent is refused. */
  abandon(error: Error): void {
    this.#parts.room.refuseAll(error);
    for (const group of this.#queue.splice(0)) {
      this.#usedBytes -= group.used;
      const isUntold = group.fail(error);
      this.tickets.failed(group.firstOrdinal, group.lastOrdinal, error, isUntold);
      group.tellWatchers();
    }
    this.#next();
  }

  #hasRoom(bytes: number): boolean {
    // One call larger than the whole box passes alone.
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#parts.stripeBytes;
  }

  #filling(): AppendGroup {
    const last = this.#queue.at(-1);
    if (last !== undefined && last.lastOrdinal === this.#ordinal) return last;
    const bytes = this.#spares.pop() ?? new ArrayBuffer(FIRST_BUFFER_BYTES);
    const group = new AppendGroup(this.#ordinal + 1, new Uint8Array(bytes));
    this.#queue.push(group);
    return group;
  }

  #took(records: number, bytes: number): void {
    this.#ordinal += records;
    this.#usedBytes += bytes;
    if (this.#usedBytes > this.#highWater) this.#highWater = this.#usedBytes;
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#connected || this.#flight.size > 0) return;
    this.#scheduled = true;
    void this.#sendSoon();
  }

  /** Callers who were just answered append again in the same turn: they join before the group leaves. */
  async #sendSoon(): Promise<void> {
    for (let turn = 0; turn < MAX_SETTLE_TURNS; turn++) {
      const before = this.#ordinal;
      await Promise.resolve();
      if (turn >= SETTLE_TURNS && this.#ordinal === before) break;
    }
    this.#scheduled = false;
    this.push();
  }

  #next(): void {
    if (this.#queue.length > 0) {
      this.#schedule();
    } else if (this.#flight.size === 0) {
      for (const resolve of this.#whenEmpty.splice(0)) resolve();
    }
  }
}
