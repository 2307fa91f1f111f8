/**
 * The log that gets broken: written to under load, killed, damaged where it is stored, opened again. Every step is
 * done for real in workers; this file only gives the orders and keeps the ledger.
 */
import type { FrameInspection } from "@stria/core/inspect";
import { Client, toFailure } from "../../worker/client.ts";
import type {
  Examination,
  SegmentFrames,
  Wound,
  WoundReport,
} from "../../worker/doctor-program.ts";
import type { Reading } from "../../worker/log-program.ts";
import type { Failure, LogNews, Opened, OpenRequest } from "../../worker/protocol.ts";
import { Ledger } from "./ledger.ts";

/** A frame and where it is. */
export interface PlacedFrame {
  readonly segment: string;
  readonly frame: Extract<FrameInspection, { sequence: number }>;
}

/** One segment as the picture shows it. */
export interface SegmentPicture {
  readonly name: string;
  readonly state: string;
  readonly frames: readonly FrameInspection[];
}

const callers = 24;

/** The log under test and the page's ledger of it. */
export class Bench {
  readonly request: OpenRequest;
  ledger = new Ledger();
  #log: Client | undefined;
  readonly #doctor = new Client("doctor");
  #held: () => void = () => undefined;

  constructor(request: OpenRequest) {
    this.request = request;
  }

  get isOpen(): boolean {
    return this.#log !== undefined;
  }

  /** An empty log with a new ledger. */
  async fresh(): Promise<void> {
    await this.close();
    const log = this.#worker();
    await log.call("destroy", this.request.name);
    this.ledger = new Ledger();
    await this.open();
  }

  async open(changes: Partial<OpenRequest> = {}): Promise<Opened> {
    await this.close();
    const log = this.#worker();
    try {
      return await log.call<Opened>("open", { ...this.request, ...changes });
    } catch (error) {
      log.kill();
      this.#log = undefined;
      throw error;
    }
  }

  /** Appends until `enough` records were acknowledged; several callers at once, so that groups form. */
  async write(enough: number): Promise<void> {
    const until = this.ledger.promised + enough;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (this.ledger.promised < until) await this.#append();
      }),
    );
  }

  /** Appends until the log refuses; resolves to the refusal. */
  async writeUntilRefused(): Promise<Failure> {
    try {
      for (;;) await this.write(200);
    } catch (error) {
      return toFailure(error);
    }
  }

  /**
   * Ends the worker in the middle of a group: callers go on appending, the next sync is held back, so the group is
   * in the file and not yet promised to anybody, and then the worker is terminated. Resolves to the calls it left unanswered.
   */
  async killInMidGroup(): Promise<number> {
    const log = this.#log;
    if (log === undefined) throw new Error("the log is not open");
    const load = Array.from({ length: callers }, async () => {
      for (;;) await this.#append();
    });
    const ended = Promise.allSettled(load);
    const held = new Promise<void>((resolve) => {
      this.#held = resolve;
    });
    await log.call("holdNextSync");
    await held;
    const unanswered = log.kill();
    this.#log = undefined;
    await ended;
    return unanswered;
  }

  read(): Promise<Reading> {
    return this.#call("read", {});
  }

  checkpoint(lsn: number): Promise<void> {
    return this.#call("checkpoint", lsn);
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    if (log === undefined) return;
    try {
      await log.call("close");
    } finally {
      log.kill();
    }
  }

  wound(wound: Omit<Wound, "log">): Promise<WoundReport> {
    return this.#doctor.call("wound", { ...wound, log: this.request.name });
  }

  /** What is on the disk, seen from outside. */
  async picture(): Promise<SegmentPicture[]> {
    const patient = { kind: "opfs", log: this.request.name };
    const { log } = await this.#doctor.call<Examination>("examine", patient);
    const pictures: SegmentPicture[] = [];
    for (const { name, state } of log.segments) {
      const { frames } = await this.#doctor.call<SegmentFrames>("frames", {
        patient,
        segment: name,
      });
      pictures.push({ name, state, frames });
    }
    return pictures;
  }

  #worker(): Client {
    this.#log ??= new Client("log", (news) => {
      if ((news as LogNews).kind === "held") this.#held();
    });
    return this.#log;
  }

  #call<T>(verb: string, argument: unknown): Promise<T> {
    if (this.#log === undefined) return Promise.reject(new Error("the log is not open"));
    return this.#log.call<T>(verb, argument);
  }

  async #append(): Promise<void> {
    const { text, payload } = this.ledger.next();
    this.ledger.acknowledge(await this.#call<number>("append", payload), text);
  }
}

/** All frames with records, in order. */
export function recordFrames(pictures: readonly SegmentPicture[]): PlacedFrame[] {
  return pictures.flatMap(({ name, frames }) =>
    frames.flatMap((frame) => (frame.kind === "records" ? [{ segment: name, frame }] : [])),
  );
}
