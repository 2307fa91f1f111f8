/**
 * The worker's side of a shared log: answers tabs that look for the host, and serves each of them on a
 * channel of its own for as long as that tab lives.
 */
import type { WalEvent } from "@stria/core";
import { shareWal } from "@stria/core/remote";
import type { HostedWal, HostSession } from "@stria/core/remote";
import { guestLock, watchLock } from "../liveness.ts";
import { guestPort, introductions } from "../tab-channel.ts";
import type { Introduction } from "../tab-channel.ts";

interface Guest {
  readonly session: HostSession;
  readonly stopWatching: AbortController;
  close(): void;
}

/** The tabs that use this worker's log. */
export class Guests {
  readonly #hosted: HostedWal;
  readonly #hostId: string;
  readonly #channel: BroadcastChannel;
  readonly #guests = new Map<string, Guest>();

  constructor(name: string, hostId: string, hosted: HostedWal) {
    this.#hosted = hosted;
    this.#hostId = hostId;
    this.#channel = introductions(name);
    this.#channel.addEventListener("message", (event) => this.#take(event.data as Introduction));
    this.#announce();
  }

  tell(event: WalEvent): void {
    for (const { session } of this.#guests.values()) session.tell(event);
  }

  /** Accepts nothing any more; what was accepted is still answered. */
  retire(): void {
    this.#channel.close();
    for (const { session } of this.#guests.values()) session.retire();
  }

  /** Tells everybody that the log was closed. */
  async dismiss(): Promise<void> {
    const guests = [...this.#guests.values()];
    this.#guests.clear();
    await Promise.all(
      guests.map(async (guest) => {
        guest.stopWatching.abort();
        await guest.session.dismiss();
        guest.close();
      }),
    );
  }

  #announce(): void {
    const here: Introduction = { kind: "host", hostId: this.#hostId };
    this.#channel.postMessage(here);
  }

  #take(message: Introduction): void {
    if (message.kind === "who") this.#announce();
    if (message.kind === "join" && message.hostId === this.#hostId) this.#welcome(message.guestId);
  }

  #welcome(guestId: string): void {
    if (this.#guests.has(guestId)) return;
    const port = guestPort(guestId);
    const stopWatching = new AbortController();
    const session = shareWal(port, this.#hosted);
    this.#guests.set(guestId, { session, stopWatching, close: () => port.close() });
    watchLock(guestLock(guestId), stopWatching.signal, () => {
      this.#guests.delete(guestId);
      void session.detach().then(() => port.close());
    });
  }
}
