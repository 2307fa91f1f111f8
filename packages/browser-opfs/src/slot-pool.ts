/**
 * Which slot holds which file of the log. Lends slots, takes them back, makes more of them ahead of
 * need, and keeps the last one for what frees others. Decides by age: a young slot's own name may vanish in a power cut, so none is lent while an
 * old one is free, and an old slot is kept as it was while a young one holds something newer.
 * Knows neither locks nor views.
 */
import { WalError } from "@stria/core";
import type { Clock, CreateOptions } from "@stria/core";
import type { OpfsSettings } from "./options.ts";
import { SlotAges } from "./slot-age.ts";
import { maxNameBytes } from "./slot-layout.ts";
import type { Slot } from "./slot.ts";
import { noSpace } from "./sync-access.ts";

/** What the pool needs to exist. */
export interface PoolParts {
  readonly settings: OpfsSettings;
  readonly clock: Clock;
  readonly slots: readonly Slot[];
  /** Makes the slot file of that number. */
  bear(slot: number): Promise<Slot>;
}

/** How the pool stands; part of the storage's report. */
export interface PoolCount {
  readonly total: number;
  readonly used: number;
  readonly free: number;
  /** Slots whose own name may not survive a power cut yet. */
  readonly young: number;
  /** Removed files whose slots are kept until nothing newer sits in a young one. */
  readonly held: number;
}

/** A slot that has just got its file. */
export interface Lent {
  readonly slot: Slot;
  /** One that only a file asked for with `reserve` may have. */
  readonly fromReserve: boolean;
}

/** Free slots that ordinary files leave alone: a full log needs one to open and to checkpoint. */
const keptSlots = 1;
/** Slots beyond `maxSlots` in all, should a log be killed again and again before its checkpoint is through. */
const reserveSlots = 4;

export class SlotPool {
  readonly #parts: PoolParts;
  readonly #slots: Slot[];
  readonly #byName = new Map<string, Slot>();
  readonly #held = new Set<Slot>();
  readonly #ages: SlotAges;
  #growth: Promise<void> | undefined;
  #closing = false;
  /** Why the pool could not grow ahead of need, last time it tried. */
  growthFailure: unknown;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#ages = new SlotAges(parts.clock, parts.settings);
    this.#slots = [];
    for (const slot of parts.slots) this.#admit(slot);
  }

  /** Makes the first slots of a new log; goes on with fewer where there is no room for all, but not with none. */
  async fill(): Promise<void> {
    const missing = this.#parts.settings.initialSlots - this.#slots.length;
    const numbers = this.#unusedNumbers(missing);
    const born = await Promise.allSettled(numbers.map((number) => this.#parts.bear(number)));
    for (const result of born) {
      if (result.status === "fulfilled") this.#admit(result.value);
      else this.growthFailure = result.reason;
    }
    if (this.#slots.length === 0) throw this.growthFailure;
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** The slot of an existing file. */
  find(name: string): Slot {
    const slot = this.#byName.get(name);
    if (slot !== undefined) return slot;
    throw new WalError("WAL_STORAGE", `no file ${name}`, { details: { segment: name } });
  }

  /** Lends a slot to a new file, at once; throws when there is none for it at this moment. */
  claim(name: string, { reserve = false }: CreateOptions = {}): Lent {
    this.#assertNew(name);
    this.#freeHeld();
    const fromReserve = !this.#hasForAnyone(this.#free().length + this.#freeable().length);
    if (fromReserve && !reserve) throw this.#full();
    const slot = this.#bestFree() ?? this.#forceHeld();
    if (slot === undefined) throw this.#full();
    this.#lend(slot, name);
    return { slot, fromReserve };
  }

  /** Lends a slot to a new file, making some if need be. */
  async claimOrGrow(name: string, { reserve = false }: CreateOptions = {}): Promise<Lent> {
    const { maxSlots } = this.#parts.settings;
    this.#assertNew(name);
    this.#freeHeld();
    const wanting = (): boolean =>
      this.#byName.size < maxSlots && !this.#hasForAnyone(this.#free().length);
    await this.#growWhile(wanting, { most: maxSlots + keptSlots, reserve });
    if (reserve) {
      const empty = (): boolean => this.#free().length + this.#freeable().length === 0;
      await this.#growWhile(empty, { most: maxSlots + reserveSlots, reserve: false });
    }
    return this.claim(name, { reserve });
  }

  /** Takes the slot of a file back. */
  release(name: string): void {
    const slot = this.find(name);
    const hold = this.#ages.isOld(slot) && this.#usedYoung(slot);
    if (!hold) slot.free();
    this.#byName.delete(name);
    if (hold) this.#held.add(slot);
  }

  /** Brings all header changes to the disk, and the lengths of files being written. */
  settle(): void {
    this.#freeHeld();
    for (const slot of this.#slots) {
      if (!slot.usable) continue;
      slot.noteLength({ ended: slot.views === 0 });
      slot.settle();
    }
  }

  /** True when neither a file of the log nor the next one to be made depends on a young name. */
  namesSafe(): boolean {
    const next = this.#bestFree();
    return next !== undefined && this.#ages.isOld(next) && !this.#usedYoung();
  }

  count(): PoolCount {
    return {
      total: this.#slots.length,
      used: this.#byName.size,
      free: this.#free().length,
      young: this.#slots.filter((slot) => !this.#ages.isOld(slot)).length,
      held: this.#held.size,
    };
  }

  /** Makes slots until `spareSlots` are free, in the background. */
  growAhead(): void {
    const { spareSlots, maxSlots } = this.#parts.settings;
    if (this.#closing || this.#growth !== undefined) return;
    if (this.#free().length >= spareSlots || this.#slots.length >= maxSlots) return;
    this.#growOnce().then(
      () => this.growAhead(),
      (error: unknown) => {
        // Nobody waits for it now; whoever finds no free slot tries again and gets the error.
        this.growthFailure = error;
      },
    );
  }

  /** Closes every slot, even if one fails; then throws what failed first. */
  async close(): Promise<void> {
    this.#closing = true;
    // Its failure is the business of whoever asked for the slot; here it only must be over.
    if (this.#growth !== undefined) await Promise.allSettled([this.#growth]);
    const failures: unknown[] = [];
    for (const slot of this.#slots) {
      try {
        slot.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #admit(slot: Slot): void {
    this.#slots.push(slot);
    this.#ages.see(slot);
    if (slot.name === "") return;
    const other = this.#byName.get(slot.name);
    if (other !== undefined) {
      const message = `${slot.name} lies in slot ${other.number} and in slot ${slot.number}`;
      throw new WalError("WAL_CORRUPT", message, { details: { segment: slot.name } });
    }
    this.#byName.set(slot.name, slot);
  }

  #lend(slot: Slot, name: string): void {
    slot.claim(name, this.#parts.settings.payloadBytes);
    this.#byName.set(name, slot);
    this.growAhead();
  }

  /** So many slots could be lent: is there one among them for any file? */
  #hasForAnyone(lendable: number): boolean {
    return this.#byName.size < this.#parts.settings.maxSlots && lendable > keptSlots;
  }

  /** Makes slots as long as they are wanted; others may take them first. */
  async #growWhile(
    wanting: () => boolean,
    { most, reserve }: { most: number; reserve: boolean },
  ): Promise<void> {
    while (wanting() && this.#slots.length < most) {
      try {
        await this.#growOnce();
      } catch (error) {
        if (!reserve && this.#held.size === 0) throw error;
        this.growthFailure = error;
        return;
      }
    }
  }

  /** One slot at a time: two would take the same number. */
  #growOnce(): Promise<void> {
    this.#growth ??= this.#grow().finally(() => {
      this.#growth = undefined;
    });
    return this.#growth;
  }

  async #grow(): Promise<void> {
    if (this.#closing) throw new WalError("WAL_CLOSED", "OPFS storage: its lock was released");
    const [number] = this.#unusedNumbers(1);
    if (number === undefined) return;
    this.#admit(await this.#parts.bear(number));
    this.growthFailure = undefined;
  }

  #unusedNumbers(count: number): number[] {
    const taken = new Set(this.#slots.map((slot) => slot.number));
    const numbers: number[] = [];
    for (let number = 0; numbers.length < count; number += 1) {
      if (!taken.has(number)) numbers.push(number);
    }
    return numbers;
  }

  #free(): Slot[] {
    return this.#slots.filter((slot) => slot.name === "" && slot.views === 0 && slot.usable);
  }

  /** Old before young. */
  #bestFree(): Slot | undefined {
    const free = this.#free();
    return free.find((slot) => this.#ages.isOld(slot)) ?? free[0];
  }

  #freeHeld(): void {
    if (this.#held.size === 0 || this.#usedYoung()) return;
    for (const slot of this.#held) this.#letGo(slot);
  }

  /** Held slots that nobody reads. */
  #freeable(): Slot[] {
    return [...this.#held].filter((slot) => slot.views === 0 && slot.usable);
  }

  /** With nothing else left, a kept slot is better used than the log stopped. */
  #forceHeld(): Slot | undefined {
    const [slot] = this.#freeable();
    if (slot !== undefined) this.#letGo(slot);
    return slot;
  }

  #letGo(slot: Slot): void {
    this.#held.delete(slot);
    if (slot.usable) slot.free();
  }

  #usedYoung(but?: Slot): boolean {
    return [...this.#byName.values()].some((slot) => slot !== but && !this.#ages.isOld(slot));
  }

  #assertNew(name: string): void {
    const bytes = new TextEncoder().encode(name).length;
    if (bytes < 1 || bytes > maxNameBytes) {
      throw new RangeError(`name of a file must have 1 to ${maxNameBytes} bytes, got ${bytes}`);
    }
    if (this.#byName.has(name)) {
      throw new WalError("WAL_STORAGE", `file ${name} exists`, { details: { segment: name } });
    }
    // Removed, and still written in the header of a kept slot: one name must never be in two of them.
    for (const slot of this.#held) if (slot.name === name) this.#letGo(slot);
  }

  #full(): Error {
    const { maxSlots } = this.#parts.settings;
    const why =
      this.#byName.size >= maxSlots
        ? `all ${maxSlots} slots are in use (maxSlots): open the log again and checkpoint`
        : `no slot is free, and new ones are made between turns only: yield, or keep more spareSlots`;
    return noSpace(why, this.growthFailure);
  }
}
