/** A running writer as its parent sees it: the lines it has said, whole ones only, and its death. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A runtime that has not said a word by then does not start any more. */
const STARTING_MS = 60_000;

const writer = fileURLToPath(new URL("writer.mjs", import.meta.url));

/** What it was about when it said its last line. */
export class Victim {
  /** `starting`, `opening`, `open` or `closing`. */
  phase = "starting";
  #child;
  #ledger;
  #life;
  #rest = "";
  #killed = false;
  /** @type {((line: string) => void) | undefined} */
  #onLine;
  /** @type {unknown} */
  #failure;
  /** @type {Promise<void>} */
  #gone;

  /**
   * @param {import("./runtimes.mjs").Runtime} runtime
   * @param {import("./plan.mjs").LifePlan} plan
   * @param {import("./ledger.mjs").Ledger} ledger where its acknowledgements go
   */
  constructor(runtime, plan, ledger) {
    this.#ledger = ledger;
    this.#life = plan.life;
    this.#child = spawn(runtime.command, [...runtime.args, writer, JSON.stringify(plan)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child.stdout.setEncoding("utf8");
    this.#child.stdout.on("data", (/** @type {string} */ text) => this.#hear(text));
    this.#gone = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      // `close`, not `exit`: by then all it has said is read.
      this.#child.once("close", (code) => {
        if (!this.#killed) this.#failure ??= new Error(`the writer ended by itself: ${code}`);
        this.#onLine?.("gone");
        resolve();
      });
    });
  }

  /** From here on its acknowledgements belong to this ledger. */
  set ledger(/** @type {import("./ledger.mjs").Ledger} */ ledger) {
    this.#ledger = ledger;
  }

  /** SIGKILL; what it said before is in the ledger when this resolves. Rejects if it had failed. */
  async kill() {
    this.#killed = true;
    this.#child.kill("SIGKILL");
    await this.#gone;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Resolves at the `count`-th line that begins so, or when it is gone, or `patienceMs` after its first
   * line: how long a busy machine takes to start it does not count.
   * @param {string} start
   * @param {{ count?: number, patienceMs: number }} limits
   * @returns {Promise<boolean>} whether the line came
   */
  async heard(start, { count = 1, patienceMs }) {
    let left = count;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    try {
      return await new Promise((resolve) => {
        const wait = (/** @type {number} */ milliseconds) => {
          clearTimeout(timer);
          timer = setTimeout(() => resolve(false), milliseconds);
        };
        let starting = this.phase === "starting";
        wait(starting ? STARTING_MS : patienceMs);
        this.#onLine = (line) => {
          if (starting) wait(patienceMs);
          starting = false;
          if (line === "gone") resolve(false);
          if (line.startsWith(start) && --left === 0) resolve(true);
        };
      });
    } finally {
      clearTimeout(timer);
      this.#onLine = undefined;
    }
  }

  /** @param {string} text */
  #hear(text) {
    const lines = (this.#rest + text).split("\n");
    // What stands behind the last line end was cut off by its death, or is still coming.
    this.#rest = lines.pop() ?? "";
    try {
      for (const line of lines) {
        this.#note(line);
        this.#onLine?.(line);
      }
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** @param {string} line */
  #note(line) {
    const [word, ...rest] = line.split(" ");
    const [first = 0, last = 0] = rest.map(Number);
    if (word === "durable") this.#ledger.acknowledge(this.#life, first, last);
    else if (word === "opening" || word === "closing") this.phase = word;
    else if (word === "opened") {
      this.phase = "open";
      this.#ledger.opened(first);
    } else if (word === "checkpoint") {
      this.#ledger.checkpointWanted = Math.max(this.#ledger.checkpointWanted, first);
    } else if (word === "checkpointed") {
      this.#ledger.checkpointPromised = Math.max(this.#ledger.checkpointPromised, first);
    } else if (word === "fault") throw new Error(`life ${this.#life}: ${line}`);
  }
}
