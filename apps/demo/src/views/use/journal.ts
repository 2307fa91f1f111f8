/**
 * The board's log: every event a record, every so many events a snapshot. Opening reads the last snapshot and replays
 * what came after it; from then on the state changes only by what the log says is durable, from this tab or another.
 */
import { openWal } from "@stria/browser-opfs";
import type { TabWal } from "@stria/browser-opfs";
import { apply, decode, emptyBoard, encode } from "./board.ts";
import type { BoardEvent, BoardState } from "./board.ts";

/** Events from one snapshot to the next; so many and some more are read to find the last one. */
const snapshotEvery = 200;
const lookBack = snapshotEvery + 100;

/** An event and its place in the log. */
export interface Happened {
  readonly lsn: number;
  readonly timestamp: number;
  readonly event: BoardEvent;
}

/** How the board came back. */
export interface Restored {
  readonly ms: number;
  /** LSN of the state replay began with; 0 = from nothing. */
  readonly snapshot: number;
  readonly replayed: number;
}

/** The state after a record. */
export interface BoardAt {
  readonly lsn: number;
  readonly state: BoardState;
}

/** The log of the board, open. */
export class Journal {
  readonly #wal: TabWal;
  readonly me = crypto.randomUUID().slice(0, 8);
  #now: BoardAt = { lsn: 0, state: emptyBoard };
  #lastSnapshot = 0;
  readonly #stopped = new AbortController();
  restored: Restored = { ms: 0, snapshot: 0, replayed: 0 };

  private constructor(wal: TabWal) {
    this.#wal = wal;
  }

  /** Opens the log and brings the board back. */
  static async open(): Promise<Journal> {
    const started = performance.now();
    const wal = await openWal({
      name: "board",
      tabs: "shared",
      segmentBytes: 128 * 1024,
      keepSegments: 0,
    });
    const journal = new Journal(wal);
    await journal.#restore(started);
    return journal;
  }

  get now(): BoardAt {
    return this.#now;
  }

  /** LSN of the newest state that was written down. */
  get lastSnapshot(): number {
    return this.#lastSnapshot;
  }

  get firstLsn(): number {
    return this.#wal.firstLsn;
  }

  get segments(): number {
    return this.#wal.stats().segments;
  }

  /** Resolves to the LSN when the event is on the disk. */
  append(event: BoardEvent): Promise<number> {
    return this.#wal.append(encode(event));
  }

  /** Calls `listener` after every event that has become durable, whoever made it; until {@link close}. */
  async follow(listener: (happened: Happened, now: BoardAt) => void): Promise<void> {
    const { signal } = this.#stopped;
    try {
      for await (const record of this.#wal.read({
        from: this.#now.lsn + 1,
        follow: true,
        signal,
      })) {
        const happened = this.#take(record);
        listener(happened, this.#now);
        const since = this.#now.lsn - this.#lastSnapshot;
        // The author of the event sees to it, so that not every tab does.
        if (since >= snapshotEvery && happened.event.by === this.me) await this.snapshot();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Everything that can still be read, oldest first. */
  async history(): Promise<Happened[]> {
    const events: Happened[] = [];
    for await (const { lsn, timestamp, payload } of this.#wal.read({
      from: this.firstLsn,
      to: this.#now.lsn,
    })) {
      events.push({ lsn, timestamp, event: decode(payload) });
    }
    return events;
  }

  /** Writes the state down; replay can start here. Resolves to the LSN it stands for. */
  async snapshot(): Promise<number> {
    const { lsn: at, state } = this.#now;
    this.#lastSnapshot = at;
    await this.append({ type: "snapshot", by: this.me, at, state });
    return at;
  }

  /** How it came to be may be forgotten: a snapshot has it all, and older segments go. */
  async forget(): Promise<void> {
    await this.#wal.checkpoint(await this.snapshot());
    await this.#wal.refresh();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#wal.close();
  }

  async #restore(started: number): Promise<void> {
    let tail: Happened[] = [];
    for await (const { lsn, timestamp, payload } of this.#wal.read({ last: lookBack })) {
      tail.push({ lsn, timestamp, event: decode(payload) });
    }
    const saved = tail.findLast(({ event }) => event.type === "snapshot");
    if (saved?.event.type === "snapshot") {
      this.#now = { lsn: saved.event.at, state: saved.event.state };
      this.#lastSnapshot = saved.event.at;
    }
    const from = this.#now.lsn + 1;
    if ((tail[0]?.lsn ?? from) > from) tail = await this.#all(from);
    const rest = tail.filter(({ lsn }) => lsn >= from);
    for (const happened of rest) this.#fold(happened);
    this.restored = {
      ms: performance.now() - started,
      snapshot: from - 1,
      replayed: rest.filter(({ event }) => event.type !== "snapshot").length,
    };
  }

  async #all(from: number): Promise<Happened[]> {
    const events: Happened[] = [];
    for await (const { lsn, timestamp, payload } of this.#wal.read({ from })) {
      events.push({ lsn, timestamp, event: decode(payload) });
    }
    return events;
  }

  #take(record: { lsn: number; timestamp: number; payload: Uint8Array }): Happened {
    const { lsn, timestamp, payload } = record;
    const happened = { lsn, timestamp, event: decode(payload) };
    this.#fold(happened);
    return happened;
  }

  #fold({ lsn, event }: Happened): void {
    if (event.type === "snapshot") this.#lastSnapshot = Math.max(this.#lastSnapshot, event.at);
    this.#now = { lsn, state: apply(this.#now.state, event) };
  }
}
