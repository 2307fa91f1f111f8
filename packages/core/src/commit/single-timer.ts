/** A timer that is armed or not: arming it twice is once. */
import type { Clock } from "../clock.ts";

export class SingleTimer {
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` once after `delayMs`, unless it is armed already. */
  arm(run: () => void, delayMs: number, options?: { background?: boolean }): void {
    if (this.#cancel !== undefined) return;
    const fire = (): void => {
      this.#cancel = undefined;
      run();
    };
    this.#cancel = this.#clock.timer(fire, delayMs, options);
  }

  get isArmed(): boolean {
    return this.#cancel !== undefined;
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
