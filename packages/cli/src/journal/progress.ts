/** How far the journal is: a bar on a terminal, a line now and then elsewhere. */
import { SingleBar } from "cli-progress";
import { count } from "../output/text.ts";

/** Plain lines, one each so many per cent. */
const STEP = 20;

export class Progress {
  readonly #total: number;
  readonly #bar: SingleBar | undefined;
  readonly #startedAt: number = performance.now();
  readonly #from: number;
  #nextStep = STEP;

  constructor(total: number, from: number) {
    this.#total = total;
    this.#from = from;
    while ((this.#nextStep * total) / 100 <= from && this.#nextStep < 100) this.#nextStep += STEP;
    if (!process.stdout.isTTY) return;
    const format = "   [{bar}] {percentage} %  {records} of {all} durable  {rate} records/s";
    this.#bar = new SingleBar({ format, stream: process.stdout, hideCursor: true, fps: 10 });
    this.#bar.start(total, from, this.#payload(from));
  }

  update(records: number): void {
    this.#bar?.update(records, this.#payload(records));
    if (this.#bar !== undefined || records < (this.#total * this.#nextStep) / 100) return;
    const { records: done, all, rate } = this.#payload(records);
    process.stdout.write(`   ${this.#nextStep} %  ${done} of ${all} durable  ${rate} records/s\n`);
    while (records >= (this.#total * this.#nextStep) / 100) this.#nextStep += STEP;
  }

  stop(): void {
    this.#bar?.stop();
  }

  #payload(records: number): { records: string; all: string; rate: string } {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = seconds < 0.05 ? "-" : count((records - this.#from) / seconds);
    return { records: count(records), all: count(this.#total), rate };
  }
}
