/** When the next group is due: at once, by number, by size, by the mode's delay, or because somebody waits. */
import type { FlusherParts } from "./flusher-parts.ts";
import { SingleTimer } from "./single-timer.ts";

export class GroupDue {
  readonly #parts: FlusherParts;
  readonly #delay: SingleTimer;
  readonly #onDelay: () => void;
  /** The delay of the oldest waiting record is over. */
  #over = false;
  /** Somebody waits for this LSN now, whatever the mode's delay. */
  #urgentLsn = 0;
  #stopped = false;

  /** `onDelay` is called when a group is due by its delay alone. */
  constructor(parts: FlusherParts, onDelay: () => void) {
    this.#parts = parts;
    this.#delay = new SingleTimer(parts.clock);
    this.#onDelay = () => {
      this.#over = true;
      onDelay();
    };
  }

  /** The delay has begun. */
  get isArmed(): boolean {
    return this.#delay.isArmed;
  }

  /** What waits is due by its number or size, or because there is no delay. What is built had the size. */
  get isFull(): boolean {
    const { source, policy, room, writer } = this.#parts;
    if (writer.hasBuilt || policy.delayMs === 0 || source.pendingRecords >= policy.batchRecords)
      return true;
    return room.length > 0 || source.crowded;
  }

  /** A group is due for whatever reason. */
  get isNow(): boolean {
    const { source, watermark, writer } = this.#parts;
    if (this.#over || this.#urgentLsn > watermark.value) return true;
    return (source.pendingRecords > 0 || writer.hasBuilt) && this.isFull;
  }

  /** `lsn` is wanted as soon as possible. */
  demand(lsn: number): void {
    this.#urgentLsn = Math.max(this.#urgentLsn, lsn);
  }

  /** A group takes all that waits. */
  taken(): void {
    this.#over = false;
    this.#delay.cancel();
  }

  /** From now on the mode's delay runs, unless it does. */
  arm(): void {
    if (!this.#stopped) this.#delay.arm(this.#onDelay, this.#parts.policy.delayMs);
  }

  /** No delay runs any more: the log is closing, or poisoned. */
  stop(): void {
    this.#stopped = true;
    this.#delay.cancel();
  }
}
