/**
 * A producer at work: appends records at a rate, or as fast as the log takes them, and measures how long each
 * took to become durable. Runs on the page and in workers alike.
 */
import type { Producer } from "@stria/core";
import { failureOf } from "./failure.ts";
import type { ProducerNews, ProducerSettings } from "./protocol.ts";
import { watermarkChannel } from "./protocol.ts";

const turnMs = 10;
const newsMs = 100;
const mostInFlight = 512;
const mostLatencies = 256;

/** Appends until it is stopped. */
export class ProducerAtWork {
  readonly #producer: Producer;
  readonly #tell: (news: ProducerNews) => void;
  readonly #watermark = new BroadcastChannel(watermarkChannel);
  readonly #buffered: { lsn: number; started: number }[] = [];
  #settings: ProducerSettings;
  #record: Uint8Array;
  #due = 0;
  #last = performance.now();
  #inFlight = 0;
  #sent = 0;
  #durable = 0;
  #latencies: number[] = [];
  #turning: ReturnType<typeof setTimeout> | undefined;
  readonly #telling: ReturnType<typeof setInterval>;
  #stopped = false;

  constructor(producer: Producer, settings: ProducerSettings, tell: (news: ProducerNews) => void) {
    this.#producer = producer;
    this.#tell = tell;
    this.#settings = settings;
    this.#record = record(settings.recordBytes);
    this.#watermark.addEventListener("message", ({ data }) => this.#passed(data as number));
    this.#telling = setInterval(() => this.#report(), newsMs);
    this.#turn();
  }

  set(settings: ProducerSettings): void {
    if (settings.recordBytes !== this.#settings.recordBytes) {
      this.#record = record(settings.recordBytes);
    }
    this.#settings = settings;
    this.#due = 0;
  }

  /** Stops appending, waits for what is on its way, gives the stripe back. */
  async stop(): Promise<void> {
    this.halt();
    await this.#producer.detach();
    this.#report();
    this.#watermark.close();
  }

  /** Appends nothing more. */
  halt(): void {
    this.#stopped = true;
    clearTimeout(this.#turning);
    clearInterval(this.#telling);
  }

  #turn(): void {
    const now = performance.now();
    const { rate } = this.#settings;
    const elapsed = Math.min(now - this.#last, 100);
    this.#last = now;
    // What could not be sent in time is not made up for: the rate is a wish, not a debt.
    this.#due =
      rate === 0
        ? mostInFlight
        : Math.min(this.#due + (rate * elapsed) / 1000, Math.max(1, rate / 10));
    while (!this.#stopped && this.#due >= 1 && this.#inFlight < mostInFlight) {
      this.#due -= 1;
      void this.#append();
    }
    if (!this.#stopped) this.#turning = setTimeout(() => this.#turn(), rate === 0 ? 0 : turnMs);
  }

  async #append(): Promise<void> {
    const started = performance.now();
    const { buffered } = this.#settings;
    this.#inFlight += 1;
    this.#sent += 1;
    try {
      const lsn = await this.#producer.append(this.#record);
      if (buffered) this.#buffered.push({ lsn, started });
      else this.#done(started);
    } catch (error) {
      if (this.#stopped) return;
      this.halt();
      this.#tell({ ...this.#news(), failure: failureOf(error) });
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** The log says that everything up to `lsn` is durable. */
  #passed(lsn: number): void {
    let passed = 0;
    while (passed < this.#buffered.length && this.#buffered[passed]!.lsn <= lsn) {
      this.#done(this.#buffered[passed]!.started);
      passed += 1;
    }
    this.#buffered.splice(0, passed);
  }

  #done(started: number): void {
    this.#durable += 1;
    if (this.#latencies.length < mostLatencies) this.#latencies.push(performance.now() - started);
    else if (Math.random() < mostLatencies / this.#durable) {
      this.#latencies[Math.floor(Math.random() * mostLatencies)] = performance.now() - started;
    }
  }

  #report(): void {
    this.#tell(this.#news());
  }

  #news(): ProducerNews {
    const news: ProducerNews = {
      kind: "produced",
      sent: this.#sent,
      durable: this.#durable,
      bytes: this.#durable * this.#settings.recordBytes,
      latencies: Float64Array.from(this.#latencies),
    };
    this.#sent = 0;
    this.#durable = 0;
    this.#latencies = [];
    return news;
  }
}

/** Bytes that do not compress to nothing: a record of somebody. */
function record(bytes: number): Uint8Array {
  const filled = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) filled[at] = 32 + ((at * 31 + bytes) % 95);
  return filled;
}
