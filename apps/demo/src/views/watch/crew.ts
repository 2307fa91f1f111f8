/** The producers: one on the page, the others in workers of their own, each with a stripe of the log. */
import type { ProducerHandle } from "@stria/core";
import { Client } from "../../worker/client.ts";
import type { Failure, ProducerNews, ProducerSettings } from "../../worker/protocol.ts";

interface Member {
  readonly set: (settings: ProducerSettings) => void;
  readonly stop: () => Promise<void>;
  readonly kill: () => void;
}

/** What the log worker gives out. */
interface NumberedHandle {
  readonly number: number;
  readonly handle: ProducerHandle;
}

/** Producers of one opened log. */
export class Crew {
  readonly #log: Client;
  readonly #tell: (news: ProducerNews) => void;
  readonly #failed: (failure: Failure) => void;
  readonly #members: Member[] = [];

  constructor(log: Client, tell: (news: ProducerNews) => void, failed: (failure: Failure) => void) {
    this.#log = log;
    this.#tell = tell;
    this.#failed = failed;
  }

  /** Hires or lets go until there are `wanted`. */
  async resize(wanted: number, settings: ProducerSettings): Promise<void> {
    while (this.#members.length < wanted) this.#members.push(await this.#hire(settings));
    while (this.#members.length > wanted) await this.#members.pop()?.stop();
  }

  set(settings: ProducerSettings): void {
    for (const member of this.#members) member.set(settings);
  }

  async dismiss(): Promise<void> {
    const members = this.#members.splice(0);
    await Promise.all(members.map((member) => member.stop()));
  }

  /** The log is gone: there is nothing to wait for. */
  abandon(): void {
    for (const member of this.#members.splice(0)) member.kill();
  }

  async #hire(settings: ProducerSettings): Promise<Member> {
    const { number, handle } = await this.#log.call<NumberedHandle>("handle");
    const isFirst = this.#members.length === 0;
    const member = isFirst
      ? await this.#onPage(handle, settings)
      : await this.#inWorker(handle, settings);
    return {
      set: member.set,
      kill: member.kill,
      stop: async () => {
        try {
          await member.stop();
        } finally {
          await this.#log.call("gone", number);
        }
      },
    };
  }

  async #onPage(handle: ProducerHandle, settings: ProducerSettings): Promise<Member> {
    const { producerOnPage } = await import("./page-producer.ts");
    const atWork = producerOnPage(handle, settings, (news) => this.#take(news));
    return {
      set: (changed) => atWork.set(changed),
      stop: () => atWork.stop(),
      kill: () => atWork.halt(),
    };
  }

  async #inWorker(handle: ProducerHandle, settings: ProducerSettings): Promise<Member> {
    const worker = new Client("producer", (news) => this.#take(news as ProducerNews));
    const transfer = [...handle.transfer] as Transferable[];
    await worker.call("start", { handle, settings }, transfer);
    return {
      set: (changed) => void worker.call("set", changed),
      stop: async () => {
        await worker.call("stop");
        worker.kill();
      },
      kill: () => void worker.kill(),
    };
  }

  #take(news: ProducerNews): void {
    this.#tell(news);
    if (news.failure !== undefined) this.#failed(news.failure);
  }
}
