/** Who listens to committed frames. Listeners that throw are reported, never in the way of a commit. */
import type { WalEventListener } from "../events.ts";
import type { CommittedFrame } from "./committed-frame.ts";
import type { LogWriter } from "./log-writer.ts";

type Listener = (frames: readonly CommittedFrame[]) => void;

export class CommittedListeners {
  readonly #writer: LogWriter;
  readonly #emit: WalEventListener;
  readonly #listeners = new Set<Listener>();

  constructor(writer: LogWriter, emit: WalEventListener) {
    this.#writer = writer;
    this.#emit = emit;
  }

  /** Adds a listener; returns how to remove it. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#writer.committed.onCommitted = (frames) => this.#tell(frames);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#writer.committed.onCommitted = undefined;
    };
  }

  #tell(frames: readonly CommittedFrame[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(frames);
      } catch (error) {
        // Whatever the listener threw is its owner's; the commit has happened.
        this.#emit({ type: "listener-error", error });
      }
    }
  }
}
