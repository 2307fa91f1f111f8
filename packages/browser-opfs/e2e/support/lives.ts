/**
 * A log that dies under load again and again. Each of its lives begins with a look at all that was
 * acknowledged before; every tenth checkpoints what it found, so that a life costs the same after a hundred deaths.
 */
import type { Page } from "playwright";
import { type Acknowledged, expectKept, loadIn, openIn, recordsIn } from "./load.ts";

declare global {
  var hostOfLog: Worker;
}

const options = { keepSegments: 0, storage: { slotBytes: 262_144, maxSlots: 64 } };
const CALLERS = 20;
/** Acknowledgements before a death. */
const ENOUGH = 500;

export class Lives {
  readonly name: string;
  #acknowledged: Acknowledged = new Map();
  #from = 1;
  #lives = 0;
  #checkpointed = 0;
  /** So many were looked for, and found. */
  acknowledgements = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Opens the log in the tab, by its own call if there is one; checks it and loads it. */
  async begin(
    tab: Page,
    open: (tab: Page, name: string) => Promise<void> = byDefault,
  ): Promise<void> {
    await open(tab, this.name);
    await this.#check(tab);
    const label = `${this.name} ${this.#lives++}`;
    await loadIn(tab, this.#acknowledged, { label, callers: CALLERS, enough: ENOUGH });
  }

  /** Opens the log once more, and checks it. */
  async end(tab: Page): Promise<void> {
    await byDefault(tab, this.name);
    await this.#check(tab);
  }

  async #check(tab: Page): Promise<void> {
    if (this.#lives === 0) return;
    const found = await recordsIn(tab, this.#from);
    expectKept(found, this.#acknowledged, this.#from);
    this.acknowledgements = this.#checkpointed + this.#acknowledged.size;
    if (this.#lives % 10 !== 0) return;
    const last = this.#from + found.size - 1;
    await tab.evaluate((lsn) => wal.checkpoint(lsn), last);
    this.#checkpointed = this.acknowledgements;
    this.#acknowledged = new Map();
    this.#from = last + 1;
  }
}

function byDefault(tab: Page, name: string): Promise<void> {
  return openIn(tab, { name, ...options });
}

/** The same with a worker that the page can terminate: `hostOfLog`. */
export async function withOwnWorker(tab: Page, name: string): Promise<void> {
  await tab.evaluate(
    async ([log, given]) => {
      hostOfLog = new Worker("/worker.js", { type: "module" });
      globalThis.wal = await stria.openWal({ name: log, ...given, worker: hostOfLog });
    },
    [name, options] as const,
  );
}
