/** The page's end of a worker: calls with answers, news, and a death on demand. */
import type { Answer, Failure, Role } from "./protocol.ts";

/** A refusal by a worker, with what the page needs to show it. */
class WorkerFailure extends Error {
  override readonly name = "WorkerFailure";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A worker of this page in one of its roles. */
export class Client {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #news: (news: unknown) => void;
  #calls = 0;

  constructor(role: Role, news: (news: unknown) => void = () => undefined) {
    this.#news = news;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: role,
    });
    this.#worker.addEventListener("message", ({ data }) => this.#take(data as Answer));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#end({ name: "Error", message: `the worker failed: ${event.message}` });
    });
  }

  /** Asks the worker for something; rejects with a {@link WorkerFailure}. */
  call<T>(verb: string, argument?: unknown, transfer: Transferable[] = []): Promise<T> {
    const call = ++this.#calls;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(call, { resolve: (value) => resolve(value as T), reject });
      this.#worker.postMessage({ call, verb, argument }, transfer);
    });
  }

  /** Ends the worker wherever it is; what was asked is answered with a failure. Returns how many calls that were. */
  kill(): number {
    this.#worker.terminate();
    const open = this.#waiting.size;
    this.#end({ name: "Terminated", message: "the worker was terminated" });
    return open;
  }

  #take(answer: Answer): void {
    if ("news" in answer) {
      this.#news(answer.news);
      return;
    }
    const waiting = this.#waiting.get(answer.call);
    this.#waiting.delete(answer.call);
    if ("failure" in answer) waiting?.reject(new WorkerFailure(answer.failure));
    else waiting?.resolve(answer.value);
  }

  #end(failure: Failure): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new WorkerFailure(failure));
  }
}

/** What was refused and why, whoever refused it. */
export function toFailure(error: unknown): Failure {
  if (error instanceof WorkerFailure) return error.failure;
  return { name: "Error", message: error instanceof Error ? error.message : String(error) };
}
