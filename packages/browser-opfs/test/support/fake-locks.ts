/** Web Locks as the adapter uses them: exclusive, first come first served, freed when their holder dies. */
import type { WebLocks } from "../../src/platform.ts";

interface Request {
  readonly held: () => Promise<void>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export class FakeLocks implements WebLocks {
  /** While set, the browser is slow: requests are granted when it calls. */
  slowly: ((grant: () => void) => void) | undefined;
  readonly #queues = new Map<string, Request[]>();

  request(
    name: string,
    options: { mode: "exclusive"; signal: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown> {
    if (this.slowly !== undefined) {
      const { slowly } = this;
      return new Promise((resolve, reject) => {
        const { signal } = options;
        signal.addEventListener("abort", () => reject(signal.reason));
        slowly(() => {
          this.slowly = undefined;
          if (!signal.aborted) this.request(name, options, held).then(resolve, reject);
        });
      });
    }
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      const request = { held, resolve, reject };
      queue.push(request);
      if (queue[0] === request) {
        this.#grant(name, request);
        return;
      }
      options.signal.addEventListener("abort", () => {
        if (queue.indexOf(request) < 1) return;
        queue.splice(queue.indexOf(request), 1);
        reject(options.signal.reason);
      });
    });
  }

  async query(): Promise<{ held: { name: string; clientId: string }[] }> {
    const taken = [...this.#queues].filter(([, queue]) => queue.length > 0);
    return { held: taken.map(([name]) => ({ name, clientId: "fake-client" })) };
  }

  /** All holders and waiters die. */
  clear(): void {
    this.#queues.clear();
  }

  #grant(name: string, request: Request): void {
    const queue = this.#queues.get(name);
    request
      .held()
      .then(request.resolve, request.reject)
      .finally(() => {
        if (queue === undefined || queue[0] !== request) return;
        queue.shift();
        const next = queue[0];
        if (next !== undefined) this.#grant(name, next);
      });
  }
}
