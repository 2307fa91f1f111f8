/** A dedicated worker that answers one question at a time, in order. */

/** What a worker of this folder answers. */
export type Answer<T> = { readonly value: T } | { readonly error: string };

export class AskedWorker {
  readonly #worker: Worker;
  #answered: ((answer: Answer<unknown>) => void) | undefined;

  constructor(script: string) {
    this.#worker = new Worker(`/${script}.js`, { type: "module" });
    this.#worker.addEventListener("message", ({ data }) =>
      this.#answered?.(data as Answer<unknown>),
    );
    this.#worker.addEventListener("error", ({ message }) => this.#answered?.({ error: message }));
  }

  /** The caller waits for the answer before it asks again. */
  ask<T>(question: unknown, transfer: Transferable[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#answered = (answer) => {
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.value as T);
      };
      this.#worker.postMessage(question, transfer);
    });
  }

  end(): void {
    this.#worker.terminate();
  }
}

/** One question to a worker of its own. */
export async function inWorker<T>(script: string, question: unknown): Promise<T> {
  const worker = new AskedWorker(script);
  try {
    return await worker.ask<T>(question);
  } finally {
    worker.end();
  }
}

/** The worker's end: answers every question with what `work` makes of it. */
export function answerWith(
  work: (question: unknown) => Promise<{ value: unknown; transfer?: Transferable[] }>,
): void {
  globalThis.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    work(data).then(
      ({ value, transfer = [] }) => globalThis.postMessage({ value }, { transfer }),
      (error: unknown) => {
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        globalThis.postMessage({ error: reason });
      },
    );
  });
}
