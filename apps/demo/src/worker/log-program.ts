/**
 * The worker with the log: opens it on the private files of this origin, hands out stripes to producers, and
 * tells the page what happens, some twenty times a second.
 */
import { Wal } from "@stria/core";
import type { CommittedFrame, ProducerHandle, WalEvent } from "@stria/core";
import { destroy, opfsStorage } from "@stria/browser-opfs";
import type { OpfsStorage } from "@stria/browser-opfs";
import { failureOf } from "./failure.ts";
import { heldStorage } from "./held-storage.ts";
import type { HeldStorage } from "./held-storage.ts";
import type { FramePlace, LogNews, Marks, Opened, OpenRequest } from "./protocol.ts";
import { watermarkChannel } from "./protocol.ts";
import { Moved } from "./worker.ts";
import type { Verbs } from "./worker.ts";

const pulseMs = 50;
const sampleMs = 6;

/** A record as the page gets it. */
export interface PlainRecord {
  readonly lsn: number;
  readonly payload: Uint8Array;
}

/** What a reading came to. */
export interface Reading {
  readonly records: readonly PlainRecord[];
  readonly failure?: ReturnType<typeof failureOf>;
}

class LogProgram {
  readonly #tell: (news: LogNews) => void;
  readonly #watermark = new BroadcastChannel(watermarkChannel);
  #wal: Wal | undefined;
  #storage: OpfsStorage | undefined;
  #held: HeldStorage | undefined;
  #stop: () => void = () => undefined;
  readonly #leaving = new Map<number, AbortController>();
  #handles = 0;

  constructor(tell: (news: LogNews) => void) {
    this.#tell = tell;
  }

  async open(request: OpenRequest): Promise<Opened> {
    const { name, keys, slots, ...options } = request;
    const started = performance.now();
    this.#storage = opfsStorage(name, slots ?? {});
    this.#held = heldStorage(this.#storage);
    const cipher =
      keys === undefined
        ? undefined
        : (await import("@stria/encryption")).encryption({ keys: [...keys] });
    const wal = await Wal.open({
      ...options,
      ...(cipher === undefined ? {} : { cipher }),
      storage: this.#held.storage,
      onEvent: (event) => this.#tell({ kind: "event", event: event.type, text: textOf(event) }),
    });
    this.#wal = wal;
    if (options.recovery === undefined || options.recovery === "strict") this.#watch(wal);
    const { concerns } = await this.#storage.report();
    return {
      ms: performance.now() - started,
      recovery: wal.recovery,
      marks: marksOf(wal),
      concerns,
    };
  }

  /** The log, which must be open. */
  get wal(): Wal {
    if (this.#wal === undefined) throw new Error("the log is not open");
    return this.#wal;
  }

  handle(): Moved {
    const number = ++this.#handles;
    const leaving = new AbortController();
    this.#leaving.set(number, leaving);
    const handle: ProducerHandle = this.wal.producerHandle({ signal: leaving.signal });
    return new Moved({ number, handle }, [...handle.transfer] as Transferable[]);
  }

  gone(number: number): void {
    this.#leaving.get(number)?.abort();
    this.#leaving.delete(number);
  }

  /** The sync after this one call never returns. */
  holdNextSync(): void {
    this.#held?.arm(() => this.#tell({ kind: "held" }));
  }

  async read(range: { from?: number; to?: number }): Promise<Reading> {
    const records: PlainRecord[] = [];
    try {
      for await (const { lsn, payload } of this.wal.read(range)) records.push({ lsn, payload });
      return { records };
    } catch (error) {
      return { records, failure: failureOf(error) };
    }
  }

  async close(): Promise<void> {
    const wal = this.#wal;
    this.#wal = undefined;
    this.#stop();
    await wal?.close();
    await this.#storage?.close();
  }

  #watch(wal: Wal): void {
    let frames: FramePlace[] = [];
    let peaks: number[] = [];
    const sample = (): void => {
      wal.stats().stripes.forEach(({ pendingBytes }, at) => {
        peaks[at] = Math.max(peaks[at] ?? 0, pendingBytes);
      });
    };
    const stopFrames = wal.onDurable((committed) => {
      // A sync blocks this thread: what has gathered meanwhile is in the stripes now.
      sample();
      frames.push(...committed.map((frame) => placeOf(frame)));
      const last = committed.at(-1);
      if (last !== undefined) this.#watermark.postMessage(last.lastLsn);
    });
    const sampling = setInterval(sample, sampleMs);
    const pulsing = setInterval(() => {
      this.#tell({ kind: "pulse", marks: marksOf(wal), stats: wal.stats(), peaks, frames });
      frames = [];
      peaks = [];
    }, pulseMs);
    this.#stop = () => {
      stopFrames();
      clearInterval(sampling);
      clearInterval(pulsing);
    };
  }
}

/** What the page can ask of this worker. */
export function logProgram(tell: (news: unknown) => void): Verbs {
  const program = new LogProgram(tell);
  return {
    open: (request: OpenRequest) => program.open(request),
    close: () => program.close(),
    handle: () => program.handle(),
    gone: (number: number) => program.gone(number),
    append: (payload: Uint8Array) => program.wal.append(payload),
    checkpoint: (lsn: number) => program.wal.checkpoint(lsn),
    read: (range: { from?: number; to?: number }) => program.read(range),
    holdNextSync: () => program.holdNextSync(),
    destroy: (name: string) => destroy(name),
  };
}

function marksOf(wal: Wal): Marks {
  return {
    firstLsn: wal.firstLsn,
    appended: wal.nextLsn - 1,
    durable: wal.durableLsn,
    checkpoint: wal.checkpointLsn,
  };
}

function placeOf({ segment, offset, firstLsn, lastLsn, bytes }: CommittedFrame): FramePlace {
  return { segment, offset, bytes: bytes.length, records: lastLsn - firstLsn + 1 };
}

function textOf(event: WalEvent): string {
  switch (event.type) {
    case "recovery-note":
      return event.note.message;
    case "rotation":
      return `${short(event.sealed)} sealed, ${short(event.next)} born`;
    case "retention":
      return `${event.removed.map((name) => short(name)).join(", ")} removed: everything up to ${event.lowLsn} is checkpointed`;
    case "backpressure":
      return `${event.waiting} wait for room behind ${event.pendingBytes} bytes`;
    default:
      return event.error instanceof Error ? event.error.message : String(event.error);
  }
}

function short(segment: string): string {
  return `segment ${Number.parseInt(segment, 10)}`;
}
