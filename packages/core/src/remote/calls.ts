/** Calls that are answered one by one: everything but appends and reads. Each is answered exactly once. */
import { WalError } from "../errors.ts";

interface Call {
  readonly verb: string;
  readonly argument: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  isSent: boolean;
}

type Send = (call: number, verb: string, argument: unknown) => void;

/** Asking these twice does no harm: they outlive a host. */
const REPEATABLE: ReadonlySet<string> = new Set(["get", "keysInUse", "state", "frames"]);

export class Calls {
  readonly #pending = new Map<number, Call>();
  #send: Send | undefined;
  #last = 0;

  ask(verb: string, argument?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      const call = { verb, argument, resolve, reject, isSent: this.#send !== undefined };
      this.#pending.set(id, call);
      try {
        this.#send?.(id, verb, argument);
      } catch (error) {
        // What cannot be cloned never left.
        this.#pending.delete(id);
        throw error;
      }
    });
  }

  /** The host has not begun the call: it waits for the next one. */
  unasked(id: number): void {
    const call = this.#pending.get(id);
    if (call !== undefined) call.isSent = false;
  }

  /** The host has stopped and had not received these. */
  reclaim(): void {
    for (const call of this.#pending.values()) call.isSent = false;
  }

  answered(id: number, value: unknown, error: Error | undefined): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(error);
  }

  connected(send: Send): void {
    this.#send = send;
    for (const [id, call] of this.#pending) {
      call.isSent = true;
      send(id, call.verb, call.argument);
    }
  }

  /** The host is gone. What it may or may not have done is rejected, the rest waits for the next one. */
  disconnected(cause: Error): void {
    this.#send = undefined;
    for (const [id, call] of this.#pending) {
      if (!call.isSent || REPEATABLE.has(call.verb)) continue;
      this.#pending.delete(id);
      const message = `the log's host ended during ${call.verb}: it may or may not be done`;
      call.reject(new WalError("WAL_OUTCOME_UNKNOWN", message, { cause }));
    }
  }

  /** No host will ever come again. */
  abandon(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
