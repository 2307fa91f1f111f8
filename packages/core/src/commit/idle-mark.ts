/** The newest group is vouched for by nothing until something follows it: an idle log writes a mark. */
import type { Clock } from "../clock.ts";
import type { Io } from "../io.ts";
import type { Flusher } from "./flusher.ts";
import type { LogWriter } from "./log-writer.ts";
import { SingleTimer } from "./single-timer.ts";

/** So long after the last group; lazily, and without keeping a process alive. */
const IDLE_MARK_MS = 50;

export class IdleMark {
  readonly #timer: SingleTimer;
  readonly #writer: LogWriter;
  readonly #flusher: Flusher;
  #blocks = false;

  constructor(clock: Clock, writer: LogWriter, flusher: Flusher) {
    this.#timer = new SingleTimer(clock);
    this.#writer = writer;
    this.#flusher = flusher;
  }

  /** The log has come to rest. */
  arm(): void {
    if (this.#writer.needsMark) {
      this.#timer.arm(() => this.#write(), IDLE_MARK_MS, { background: true });
    }
  }

  /** Somebody appends by blocking calls: they must not find the log busy with what nobody asked for. */
  block(): void {
    this.#blocks = true;
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #write(): void {
    const { busy, poison } = this.#flusher;
    if (busy || poison !== undefined || !this.#writer.needsMark) return;
    const mark = (): Io<void> => this.#writer.writeMark();
    // Nobody waits for it: a failure has poisoned the log, and who appends next is told.
    if (!this.#blocks) return void this.#flusher.run(mark).catch(() => undefined);
    try {
      this.#flusher.runBlocking(mark);
    } catch {
      // The same: the poison says it.
    }
  }
}
