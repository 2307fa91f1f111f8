/**
 * One remote log's end at the host: takes its messages apart and answers them from the real log. There
 * may be several on one log; the owner's closes it, a guest's only leaves.
 */
import { isWalError } from "../errors.ts";
import type { WalEvent } from "../events.ts";
import type { HostableWal } from "../hostable-wal.ts";
import { HostAppends } from "./host-appends.ts";
import { HostReaders } from "./host-readers.ts";
import { packState } from "./log-state.ts";
import type { ToHost, ToRemote } from "./messages.ts";
import type { Port } from "./port.ts";
import { toWire } from "./wire-error.ts";

/** A log and what its host can do besides. */
export interface HostedWal {
  readonly wal: HostableWal;
  /**
   * Answers `remote.ask(verb, argument)`; both are cloned through the port, but for what an answer has
   * in a list `transfer` of its own: that is moved.
   */
  answer?(verb: string, argument: unknown): Promise<unknown>;
  /** Closes the log for its owner; `wal.close()` if absent. */
  close?(): Promise<void>;
}

export class HostSession {
  readonly #port: Port;
  readonly #hosted: HostedWal;
  readonly #isOwner: boolean;
  readonly #appends: HostAppends;
  readonly #readers: HostReaders;
  readonly #listener = (event: { readonly data: unknown }): void => {
    this.#take(event.data as ToHost);
  };
  readonly #running = new Set<Promise<void>>();
  #stopFrames: (() => void) | undefined;
  #leaving = false;
  #detached = false;

  constructor(port: Port, hosted: HostedWal, role: "owner" | "guest") {
    this.#port = port;
    this.#hosted = hosted;
    this.#isOwner = role === "owner";
    const post = (message: ToRemote, transfer?: object[]): void => this.#post(message, transfer);
    this.#appends = new HostAppends(hosted.wal, post, port.copies !== true);
    this.#readers = new HostReaders(hosted.wal, post);
    port.addEventListener("message", this.#listener);
    port.start?.();
    this.#announce();
  }

  /** Passes an event of the log on. */
  tell(event: WalEvent): void {
    const { type } = event;
    if ("error" in event) {
      this.#post({
        kind: "event",
        event: { type: "failure", of: type, error: toWire(event.error) },
      });
    } else {
      this.#post({ kind: "event", event });
    }
  }

  /** From now on nothing is accepted: new groups go back untouched, to be given to the next host. */
  retire(): void {
    this.#leaving = true;
    // Silently: whoever reads goes on at the next host, or is told by its own end that the log is closed.
    void this.#readers.stopAll();
  }

  /** Says that the log was closed, after everything accepted has been answered; then lets go of the port. */
  async dismiss(): Promise<void> {
    this.retire();
    await Promise.all([this.#appends.settled(), ...this.#running]);
    this.#post({ kind: "gone" });
    await this.detach();
  }

  /** Lets go of the port and of everything the other side was reading. */
  async detach(): Promise<void> {
    if (this.#detached) return;
    this.#detached = true;
    this.#port.removeEventListener("message", this.#listener);
    this.#stopFrames?.();
    await this.#readers.stopAll();
  }

  #post(message: ToRemote, transfer: object[] = []): void {
    if (!this.#detached) this.#port.postMessage(message, transfer);
  }

  #announce(): void {
    const { wal } = this.#hosted;
    const { durability, recovery, storage } = wal;
    const capabilities = { ...storage.capabilities };
    const about = { durability, recovery, storage: { name: storage.name, capabilities } };
    this.#post({ kind: "opened", about, state: packState(wal) });
  }

  #take(message: ToHost): void {
    switch (message.kind) {
      case "append":
        if (this.#leaving) {
          const { bytes } = message.appends;
          this.#post({ kind: "returned", group: message.group, bytes }, [bytes]);
        } else {
          this.#appends.take(message.group, message.appends);
        }
        return;
      case "call":
        if (this.#leaving) this.#post({ kind: "unasked", call: message.call });
        else this.#start(message.call, message.verb, message.argument);
        return;
      case "read":
        if (!this.#leaving) this.#readers.start(message.reader, message.options);
        return;
      case "more":
        this.#readers.more(message.reader);
        return;
      case "stop":
        this.#readers.stop(message.reader);
        return;
      case "open":
        // Answered when the session began.
        return;
      default:
        message satisfies never;
    }
  }

  #start(call: number, verb: string, argument: unknown): void {
    const running = this.#call(call, verb, argument).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #call(call: number, verb: string, argument: unknown): Promise<void> {
    const isLast = verb === "close";
    let answer: Extract<ToRemote, { kind: "answer" }>;
    try {
      answer = { kind: "answer", call, value: await this.#perform(verb, argument) };
    } catch (error) {
      // Begun too late: the next host can do it.
      const isLate = this.#leaving && !isLast && isWalError(error, "WAL_CLOSED");
      if (isLate) {
        this.#post({ kind: "unasked", call });
        return;
      }
      answer = { kind: "answer", call, error: toWire(error) };
    }
    const { transfer } = (answer.value ?? {}) as { readonly transfer?: readonly object[] };
    this.#post({ ...answer, state: packState(this.#hosted.wal) }, [...(transfer ?? [])]);
    if (isLast) await this.detach();
  }

  async #perform(verb: string, argument: unknown): Promise<unknown> {
    const { wal } = this.#hosted;
    switch (verb) {
      case "durable":
        await this.#appends.admitted();
        return wal.durable(argument as number);
      case "commit":
        await this.#appends.admitted();
        return wal.commit();
      case "flush":
        await this.#appends.admitted();
        return wal.flush();
      case "get":
        return wal.get(argument as number);
      case "checkpoint":
        return wal.checkpoint(argument as number);
      case "rotateKey":
        return wal.rotateKey();
      case "keysInUse":
        return wal.keysInUse();
      case "state":
        return undefined;
      case "frames":
        return this.#frames(argument === true);
      case "close":
        return this.#close();
      default:
        if (this.#hosted.answer === undefined) throw new TypeError(`unknown verb ${verb}`);
        return this.#hosted.answer(verb, argument);
    }
  }

  #frames(isWanted: boolean): void {
    this.#stopFrames?.();
    this.#stopFrames = undefined;
    if (!isWanted) return;
    this.#stopFrames = this.#hosted.wal.onDurable((frames) => {
      this.#post({ kind: "frames", frames });
    });
  }

  async #close(): Promise<void> {
    this.retire();
    const { wal } = this.#hosted;
    await this.#appends.admitted();
    try {
      if (this.#isOwner) await (this.#hosted.close?.() ?? wal.close());
      // A guest's log goes on; what the guest was promised by closing is kept.
      else if (wal.health.poisoned === undefined) await wal.commit();
    } finally {
      await this.#appends.settled();
    }
  }
}
