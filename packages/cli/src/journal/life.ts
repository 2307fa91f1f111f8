/** One life of the child, as its parent sees it: what it acknowledged, and how it ended. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Evidence } from "./evidence.ts";
import type { ChildMessage, ChildTask, ParentMessage } from "./messages.ts";

/** How a life went. */
export interface Life {
  /** Records it found in the log, and records it was acknowledged. */
  readonly skipped: number;
  readonly acknowledged: number;
  readonly contentBytes: number;
  readonly syncs: number;
  /** From the opened log to the last acknowledgement. */
  readonly seconds: number;
  readonly unreadable: readonly string[];
  readonly killed: boolean;
}

export interface LifeOptions {
  /** Kill it with SIGKILL once so many records were acknowledged; `undefined` = let it finish. */
  readonly killAfter: number | undefined;
  readonly evidence: Evidence;
  readonly onProgress: (acknowledged: number) => void;
}

/** Runs the child until it has finished or was killed. Rejects if it fails of its own accord. */
export function runLife(task: ChildTask, options: LifeOptions): Promise<Life> {
  const path = fileURLToPath(new URL("child.js", import.meta.url));
  // The serialization that carries bytes as bytes.
  const child = fork(path, [JSON.stringify(task)], { serialization: "advanced" });
  return new Observer(child, options).life;
}

class Observer {
  readonly life: Promise<Life>;
  readonly #child: ChildProcess;
  readonly #options: LifeOptions;
  #skipped = 0;
  #acknowledged = 0;
  #contentBytes = 0;
  #syncs = 0;
  #openedAt = 0;
  #lastAt = 0;
  #unreadable: readonly string[] = [];
  #killed = false;
  #failure: unknown;

  constructor(child: ChildProcess, options: LifeOptions) {
    this.#child = child;
    this.#options = options;
    const stop = (): void => {
      child.kill("SIGKILL");
    };
    process.once("exit", stop);
    child.on("message", (message: ChildMessage) => this.#hear(message));
    // What a killed child had sent still arrives: only then is the channel at its end.
    const ended = Promise.all([
      new Promise<NodeJS.Signals | number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code, signal) => resolve(signal ?? code));
      }),
      new Promise((resolve) => {
        child.once("disconnect", () => resolve(undefined));
      }),
    ]);
    this.life = ended.then(([how]) => {
      process.off("exit", stop);
      return this.#conclude(how);
    });
  }

  #hear(message: ChildMessage): void {
    switch (message.kind) {
      case "opened":
        this.#openedAt = performance.now();
        this.#lastAt = this.#openedAt;
        this.#skipped = message.skipped;
        break;
      case "acknowledged":
        this.#acknowledge(message);
        break;
      case "finished":
        this.#unreadable = message.unreadable;
        this.#end();
    }
  }

  #acknowledge(message: ChildMessage & { kind: "acknowledged" }): void {
    try {
      this.#options.evidence.add(message.lsns, message.digests);
    } catch (error) {
      this.#failure = error;
      this.#child.kill("SIGKILL");
      return;
    }
    this.#acknowledged += message.lsns.length;
    this.#contentBytes = message.contentBytes;
    this.#syncs = message.syncs;
    this.#lastAt = performance.now();
    this.#options.onProgress(this.#acknowledged);
    const { killAfter } = this.#options;
    if (killAfter !== undefined && this.#acknowledged >= killAfter) this.#kill();
  }

  /** It has nothing left to do: a life that is to be killed is killed all the same, before it can close. */
  #end(): void {
    if (this.#options.killAfter !== undefined) this.#kill();
    else this.#child.send({ kind: "close" } satisfies ParentMessage);
  }

  #kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    this.#child.kill("SIGKILL");
  }

  #conclude(how: NodeJS.Signals | number | null): Life {
    if (this.#failure !== undefined) throw this.#failure;
    if (how !== (this.#killed ? "SIGKILL" : 0)) {
      throw new Error(`the journaling process ended by itself: ${String(how)}`);
    }
    return {
      skipped: this.#skipped,
      acknowledged: this.#acknowledged,
      contentBytes: this.#contentBytes,
      syncs: this.#syncs,
      seconds: (this.#lastAt - this.#openedAt) / 1000,
      unreadable: this.#unreadable,
      killed: this.#killed,
    };
  }
}
