/**
 * The remote side's tie to its host: takes messages apart, keeps what is known of the log, and sees to
 * it that losing the host leaves nobody waiting who will never be answered.
 */
import type { RoomQueue } from "../append/room.ts";
import type { CommittedFrame } from "../commit/log-writer.ts";
import { WalError } from "../errors.ts";
import type { WalEventListener } from "../events.ts";
import type { WalHealth, WalStats } from "../stats.ts";
import { Calls } from "./calls.ts";
import { eventOf, notAcknowledged } from "./failures.ts";
import { type LogState, healthOf, unpackState } from "./log-state.ts";
import { TRANSFER_BYTES, type HostedAbout, type ToHost, type ToRemote } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { Port } from "./port.ts";
import { RemoteReaders } from "./remote-readers.ts";
import { fromWire } from "./wire-error.ts";

export interface LinkOptions {
  readonly room: RoomQueue;
  readonly stripeBytes: number;
  readonly emit: WalEventListener;
  readonly awaitsNextHost: boolean;
}

type FramesListener = (frames: readonly CommittedFrame[]) => void;

/** A port in use, and who waits for its first word. */
interface Tie {
  readonly port: Port;
  readonly listener: (event: { readonly data: unknown }) => void;
  readonly opened: () => void;
  readonly failed: (error: Error) => void;
  isOpen: boolean;
}

export class HostLink {
  readonly outbox: Outbox;
  readonly calls: Calls = new Calls();
  readonly readers: RemoteReaders = new RemoteReaders();
  state: LogState | undefined;
  readonly #options: LinkOptions;
  readonly #framesListeners = new Set<FramesListener>();
  #about: HostedAbout | undefined;
  #tie: Tie | undefined;
  #over: WalError | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { room, stripeBytes } = options;
    this.outbox = new Outbox({
      room,
      stripeBytes,
      send: (group, appends) => {
        // Moving a small buffer costs more than copying it.
        const isLarge =
          appends.bytes.byteLength >= TRANSFER_BYTES && this.#tie?.port.copies !== true;
        const bytes = isLarge ? appends.bytes : appends.bytes.slice(0, appends.used);
        this.#send(
          { kind: "append", group, appends: { ...appends, bytes } },
          isLarge ? [bytes] : [],
        );
      },
    });
  }

  get about(): HostedAbout {
    if (this.#about !== undefined) return this.#about;
    throw this.#over ?? new WalError("WAL_CLOSED", "no host has opened the log yet");
  }

  checkAlive(): void {
    if (this.#over !== undefined) throw this.#over;
  }

  attach(port: Port, request: unknown): Promise<void> {
    this.checkAlive();
    return new Promise<void>((opened, failed) => {
      const listener: Tie["listener"] = (event) => this.#take(tie, event.data as ToRemote);
      const tie: Tie = { port, listener, opened, failed, isOpen: false };
      this.#tie = tie;
      port.addEventListener("message", listener);
      port.start?.();
      this.#send({ kind: "open", request });
    });
  }

  /** The host has died, or has closed the log in good order. */
  lost(cause: Error): void {
    const tie = this.#untie();
    if (tie === undefined) return;
    if (!tie.isOpen) {
      tie.failed(cause);
      return;
    }
    this.#drop(
      new WalError(
        "WAL_OUTCOME_UNKNOWN",
        `the log's host ended with the record: ${cause.message}`,
        {
          cause,
          details: { outcome: "unknown" },
        },
      ),
      cause,
    );
    if (!this.#options.awaitsNextHost) this.end(cause);
  }

  /** No host will come any more. */
  end(cause: Error): void {
    if (this.#over !== undefined) return;
    this.lost(cause);
    const message = `the log's host ended: ${cause.message}; open the log again`;
    this.#over ??= new WalError("WAL_CLOSED", message, {
      cause,
      details: { outcome: "not-written" },
    });
    this.outbox.abandon(this.#over);
    this.calls.abandon(this.#over);
    this.readers.abandon(this.#over);
  }

  /** Has the host close the log in good order and lets go of it; what comes later waits for the next one. */
  async leave(): Promise<void> {
    if (this.#tie?.isOpen !== true) return;
    this.outbox.push();
    this.outbox.hold();
    try {
      await this.calls.ask("close");
    } finally {
      this.lost(new WalError("WAL_CLOSED", "the log was closed"));
    }
  }

  async close(): Promise<void> {
    const closed = new WalError("WAL_CLOSED", "the log was closed");
    this.#options.room.refuseAll(closed);
    if (this.#over !== undefined) return;
    try {
      if (this.#tie?.isOpen !== true) return;
      this.outbox.push();
      await this.calls.ask("close");
    } finally {
      this.#over ??= closed;
      const tie = this.#untie();
      this.#drop(closed, closed);
      this.outbox.abandon(closed);
      this.calls.abandon(closed);
      this.readers.abandon(closed);
      tie?.port.close?.();
    }
  }

  onFrames(listener: FramesListener): () => void {
    this.#framesListeners.add(listener);
    const heard = (wanted: boolean): void => {
      // If it fails the host is gone or read-only; the log's events and calls say so.
      this.calls.ask("frames", wanted).catch((error: unknown) => this.#listenerError(error));
    };
    if (this.#framesListeners.size === 1) heard(true);
    return () => {
      if (!this.#framesListeners.delete(listener) || this.#framesListeners.size > 0) return;
      if (this.#over === undefined) heard(false);
    };
  }

  stats(): WalStats {
    const here = this.outbox.stats();
    const known = this.state?.stats;
    if (known === undefined) throw this.#over ?? new WalError("WAL_CLOSED", "no host yet");
    return {
      ...known,
      pending: known.pending + here.pendingRecords,
      waitingForRoom: known.waitingForRoom + this.#options.room.length,
      stripes: [...known.stripes, here],
    };
  }

  health(): WalHealth {
    const away = this.#tie?.isOpen === true ? undefined : "there is no host at the moment";
    return healthOf(this.state, this.#over?.message ?? away);
  }

  #send(message: ToHost, transfer: ArrayBuffer[] = []): void {
    this.#tie?.port.postMessage(message, transfer);
  }

  #take(tie: Tie, message: ToRemote): void {
    if (tie !== this.#tie) return;
    if ("state" in message && message.state !== undefined) this.state = unpackState(message.state);
    switch (message.kind) {
      case "opened":
        if (!tie.isOpen) this.#opened(tie, message.about);
        return;
      case "failed":
        if (!tie.isOpen) this.lost(fromWire(message.error));
        return;
      case "accepted":
        this.outbox.accepted(message.group, message.outcome, this.#durableLsn, message.spare);
        return;
      case "returned":
        this.outbox.returned(message.group, message.bytes);
        return;
      case "unasked":
        this.calls.unasked(message.call);
        return;
      case "moved": {
        const failure = message.failure && fromWire(message.failure);
        this.outbox.moved(
          this.#durableLsn,
          failure && ((lsn: number) => notAcknowledged(failure, lsn)),
        );
        return;
      }
      case "answer":
        this.calls.answered(message.call, message.value, message.error && fromWire(message.error));
        return;
      case "block":
        this.readers.block(message.reader, message.block);
        return;
      case "end":
        this.readers.end(message.reader, message.error && fromWire(message.error));
        return;
      case "frames":
        this.#frames(message.frames);
        return;
      case "event":
        this.#options.emit(eventOf(message.event));
        return;
      case "gone":
        // Everything the host has received was answered before.
        this.outbox.reclaim();
        this.calls.reclaim();
        this.lost(new WalError("WAL_CLOSED", "the log was closed by its owner"));
        return;
      default:
        message satisfies never;
    }
  }

  get #durableLsn(): number {
    return this.state?.durableLsn ?? 0;
  }

  #opened(tie: Tie, about: HostedAbout): void {
    tie.isOpen = true;
    this.#about = about;
    const { mode } = about.durability;
    this.outbox.connected(mode === "synchronous" || mode === "group-commit");
    // What was appended before a waiting call must reach the new host before it.
    this.outbox.push();
    this.calls.connected((call, verb, argument) => {
      this.#send({ kind: "call", call, verb, argument });
    });
    this.readers.connected((message) => this.#send(message));
    if (this.#framesListeners.size > 0) void this.calls.ask("frames", true);
    tie.opened();
  }

  #drop(unknown: Error, cause: Error): void {
    this.outbox.disconnected(unknown);
    this.calls.disconnected(cause);
    this.readers.disconnected();
  }

  #untie(): Tie | undefined {
    const tie = this.#tie;
    this.#tie = undefined;
    tie?.port.removeEventListener("message", tie.listener);
    return tie;
  }

  #frames(frames: readonly CommittedFrame[]): void {
    for (const listener of this.#framesListeners) {
      try {
        listener(frames);
      } catch (error) {
        // Whatever the listener threw is its owner's.
        this.#listenerError(error);
      }
    }
  }

  #listenerError(error: unknown): void {
    this.#options.emit({ type: "listener-error", error });
  }
}
