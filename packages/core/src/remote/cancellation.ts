/** An abort signal of the host's own: a reader on the other side has stopped. The core has no platform's. */
import type { AbortSignalLike } from "../signal.ts";

export class Cancellation implements AbortSignalLike {
  aborted = false;
  reason: unknown = "the reader stopped";
  readonly #listeners = new Set<() => void>();

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
