/** How old slots are: the name of a young one may vanish in a power cut. */
import type { Clock } from "@stria/core";
import type { Slot } from "./slot.ts";

export class SlotAges {
  readonly #clock: Clock;
  readonly #settleMs: number;
  /** When this lifetime first saw a slot, in monotonic time: a wall clock may be set back. */
  readonly #seenAt = new Map<Slot, number>();

  constructor(clock: Clock, settings: { namesSettleMs: number }) {
    this.#clock = clock;
    this.#settleMs = settings.namesSettleMs;
  }

  /** From now on this slot is known. */
  see(slot: Slot): void {
    this.#seenAt.set(slot, this.#clock.monotonic());
  }

  /** Its name has surely reached the disk. */
  isOld(slot: Slot): boolean {
    const seenMs = this.#clock.monotonic() - (this.#seenAt.get(slot) ?? Number.POSITIVE_INFINITY);
    return Math.max(this.#clock.now() - slot.bornMs, seenMs) >= this.#settleMs;
  }
}
