/**
 * Removes dead files when they may go: after something durable of this lifetime replaces them. The
 * directory sync behind it goes through the flusher's queue, so that it never runs beside the birth of
 * a segment, and a failed one poisons the log like every other (I4, I9).
 */
import type { Flusher } from "../commit/flusher.ts";
import type { LogWriter } from "../commit/log-writer.ts";
import { asWalError } from "../errors.ts";
import type { WalEventListener } from "../events.ts";
import { syncDirectory } from "../io.ts";
import type { ReadFiles } from "../read/read-files.ts";
import type { SegmentSet } from "../segment/segment-set.ts";
import type { Storage } from "../storage.ts";
import { removeDead } from "./retention.ts";

export interface SweeperParts {
  readonly set: SegmentSet;
  readonly storage: Storage;
  readonly files: ReadFiles;
  readonly emit: WalEventListener;
  readonly writer: LogWriter;
  readonly flusher: Flusher;
}

export class Sweeper {
  readonly #parts: SweeperParts;
  #sweeping: Promise<void> | undefined;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** There are dead files, and nothing durable of this lifetime that replaces them yet. */
  get waiting(): boolean {
    const { set, writer } = this.#parts;
    return set.dead.length > 0 && !writer.maySweep;
  }

  /** Something may go now. To be asked first where it is asked once a group. */
  get isDue(): boolean {
    return this.#parts.set.dead.length > 0 && this.#parts.writer.maySweep;
  }

  /** Rejects if the directory could not be synced; files that cannot be removed are reported as events. */
  async sweep(): Promise<void> {
    if (!this.isDue) return;
    this.#sweeping ??= this.#remove().finally(() => {
      this.#sweeping = undefined;
    });
    await this.#sweeping;
  }

  /** Housekeeping: nobody waits for it, so its failure is told as an event. */
  async tidyUp(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      // A failed directory sync has poisoned the log already; this says what it was about.
      const failure = asWalError(error, "removing old segments");
      this.#parts.emit({ type: "retention-failed", error: failure });
    }
  }

  async #remove(): Promise<void> {
    const { set, storage, files, emit, writer, flusher } = this.#parts;
    const removed = await removeDead(set, storage, files, emit);
    if (removed.length === 0) return;
    await flusher.finish(() => syncDirectory(storage));
    emit({ type: "retention", removed, lowLsn: writer.mark.lowLsn });
  }
}
