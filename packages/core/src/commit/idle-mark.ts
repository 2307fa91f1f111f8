/** The newest group is vouched for by nothing until something follows it: an idle log writes a mark. */
import type { Clock } from "../clock.ts";
import type { LogWriter } from "./log-writer.ts";
import { SingleTimer } from "./single-timer.ts";

/** So long after the last group; lazily, and without keeping a process alive. */
const IDLE_MARK_MS = 50;

export class IdleMark {
  readonly #timer: SingleTimer;
  readonly #writer: LogWriter;
  readonly #run: () => void;

  constructor(clock: Clock, writer: LogWriter, run: () => void) {
    this.#timer = new SingleTimer(clock);
    this.#writer = writer;
    this.#run = run;
  }

  /** The log has come to rest. */
  arm(): void {
    if (!this.#writer.needsMark) return;
    const mark = (): void => {
      if (this.#writer.needsMark) this.#run();
    };
    this.#timer.arm(mark, IDLE_MARK_MS, { background: true });
  }

  cancel(): void {
    this.#timer.cancel();
  }
}
