/**
 * What the page was promised: every acknowledged record, told by its contents, so that after an accident each one can
 * be looked for. The page knows nothing else of the log.
 */
import type { PlainRecord } from "../../worker/log-program.ts";

/** How the log compares with what was promised. */
export interface Audit {
  /** Acknowledged before, and how many of those are there, byte for byte. */
  readonly promised: number;
  readonly kept: number;
  /** In the log though nobody had been promised them. */
  readonly extra: number;
  /** Sent, never acknowledged, not in the log. */
  readonly gone: number;
}

/** Records that were sent, and what became of them. */
export class Ledger {
  readonly #acknowledged = new Map<number, string>();
  readonly #sent = new Set<string>();
  #numbers = 0;

  /** A record nobody else makes. */
  next(): { text: string; payload: Uint8Array } {
    const text = `record ${++this.#numbers} ${crypto.randomUUID()}`;
    this.#sent.add(text);
    return { text, payload: new TextEncoder().encode(text.padEnd(180, " .")) };
  }

  acknowledge(lsn: number, text: string): void {
    this.#acknowledged.set(lsn, text);
  }

  get promised(): number {
    return this.#acknowledged.size;
  }

  get unanswered(): number {
    return this.#sent.size - this.#acknowledged.size;
  }

  /** The highest LSN that was promised. */
  get lastLsn(): number {
    return Math.max(0, ...this.#acknowledged.keys());
  }

  /** Compares with what the log has from `firstLsn` on; records the log was told to forget are not asked for. */
  audit(records: readonly PlainRecord[], checkpointLsn = 0): Audit {
    const found = new Map(records.map(({ lsn, payload }) => [lsn, textOf(payload)]));
    const promises = [...this.#acknowledged].filter(([lsn]) => lsn > checkpointLsn);
    const kept = promises.filter(([lsn, text]) => found.get(lsn) === text).length;
    const promisedTexts = new Set(this.#acknowledged.values());
    const mine = [...found.values()].filter((text) => this.#sent.has(text));
    const extra = mine.filter((text) => !promisedTexts.has(text)).length;
    return { promised: promises.length, kept, extra, gone: this.unanswered - extra };
  }
}

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload).replace(/(?: \.)+ ?$/u, "");
}
