/**
 * One log, several tabs: the tab that gets the leader's Web Lock hosts the log in its worker, the others
 * are its guests. Everybody waits in the lock's queue, so when the leader goes, the next in line takes
 * over; what a guest had not sent is sent to the new host, and its readers go on where they stood.
 */
import { WalError } from "@stria/core";
import { guestLock, holdLock, hostLock, leaderLock, watchLock } from "../liveness.ts";
import { guestPort, introductions } from "../tab-channel.ts";
import type { Introduction } from "../tab-channel.ts";
import type { WalRequest } from "../wal-request.ts";
import type { Home } from "./home.ts";
import { OwnHost } from "./own-host.ts";
import type { Occupant, WorkerSource } from "./own-host.ts";

/** What this tab holds as a guest. */
interface Stay {
  readonly hostId: string;
  readonly watching: AbortController;
  leave(): void;
}

export class SharedHome implements Home {
  readonly #wal: Occupant;
  readonly #request: Omit<WalRequest, "hostId">;
  readonly #own: OwnHost;
  #running: AbortController | undefined;
  #channel: BroadcastChannel | undefined;
  #stay: Stay | undefined;
  #isLeader = false;
  #stepDown: (() => void) | undefined;
  #echoes = new Map<string, () => void>();
  #connected: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(
    wal: Occupant,
    request: Omit<WalRequest, "hostId">,
    worker: WorkerSource | undefined,
  ) {
    this.#wal = wal;
    this.#request = request;
    this.#own = new OwnHost(wal, worker);
  }

  start(): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    this.#channel = introductions(this.#request.name);
    this.#channel.addEventListener("message", (event) => this.#heard(event.data as Introduction));
    return new Promise<void>((resolve, reject) => {
      this.#connected = { resolve, reject };
      this.#standForLeader(running);
      this.#say({ kind: "who" });
    });
  }

  end(): void {
    this.#running?.abort();
    this.#channel?.close();
    this.#leaveHost();
    this.#own.end();
    this.#stepDown?.();
    this.#stepDown = undefined;
  }

  #say(message: Introduction): void {
    this.#channel?.postMessage(message);
  }

  #heard(message: Introduction): void {
    if (message.kind === "host" && this.#stay === undefined && !this.#isLeader) {
      void this.#visit(message.hostId);
    }
    if (message.kind === "echo") this.#echoes.get(message.echoId)?.();
  }

  /** Becomes the guest of a host; if that dies on the way, the next one will be heard of. */
  async #visit(hostId: string): Promise<void> {
    const guestId = crypto.randomUUID();
    const watching = new AbortController();
    let letGo: (() => void) | undefined;
    const port = guestPort(guestId);
    this.#stay = {
      hostId,
      watching,
      leave() {
        watching.abort();
        letGo?.();
        port.close();
      },
    };
    letGo = await holdLock(guestLock(guestId));
    if (watching.signal.aborted) {
      letGo();
      return;
    }
    watchLock(hostLock(hostId), watching.signal, () => {
      void this.#hostGone(hostId);
    });
    const attached = this.#wal.attach(port);
    this.#say({ kind: "join", hostId, guestId });
    attached.then(
      () => this.#connected?.resolve(),
      () => {
        // That host is gone; whoever watches it looks for another one.
      },
    );
  }

  async #hostGone(hostId: string): Promise<void> {
    await this.#heardEverything();
    if (this.#stay?.hostId !== hostId) return;
    this.#leaveHost();
    this.#say({ kind: "who" });
  }

  #leaveHost(): void {
    const stay = this.#stay;
    if (stay === undefined) return;
    this.#stay = undefined;
    stay.leave();
    this.#wal.hostLost(new WalError("WAL_CLOSED", "the tab that hosted the log is gone"));
  }

  #standForLeader(running: AbortController): void {
    const { signal } = running;
    const led = navigator.locks.request(leaderLock(this.#request.name), { signal }, () =>
      this.#lead(running),
    );
    led.then(
      // The worker was lost while this tab led: it queues again, behind whoever waits.
      () => (signal.aborted ? undefined : this.#standForLeader(running)),
      (error: unknown) => (signal.aborted ? undefined : this.#failed(error)),
    );
  }

  /** Hosts the log until this tab or its worker ends. */
  async #lead(running: AbortController): Promise<void> {
    await this.#heardEverything();
    if (running.signal.aborted) return;
    this.#leaveHost();
    this.#isLeader = true;
    const stepped = new Promise<void>((resolve) => {
      this.#stepDown = resolve;
    });
    try {
      await this.#own.open(this.#request, (why) => {
        this.#wal.hostLost(why);
        this.#stepDown?.();
      });
      this.#connected?.resolve();
      await stepped;
    } finally {
      this.#isLeader = false;
    }
  }

  /** A leader that leaves in good order answers its guests first; those answers must not be overtaken by its lock. */
  async #heardEverything(): Promise<void> {
    if (this.#stay === undefined) return;
    const echoId = crypto.randomUUID();
    const other = introductions(this.#request.name);
    const heard = new Promise<void>((resolve) => this.#echoes.set(echoId, resolve));
    const echo: Introduction = { kind: "echo", echoId };
    other.postMessage(echo);
    await heard;
    this.#echoes.delete(echoId);
    other.close();
  }

  #failed(error: unknown): void {
    const connected = this.#connected;
    this.end();
    connected?.reject(error);
    this.#wal.abandon(error instanceof Error ? error : new Error(String(error)));
  }
}
