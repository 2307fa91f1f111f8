/** writeahead: writes through an O_SYNC descriptor; its helpers come from its own dependencies. */
import type { Contestant } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";

interface Destructible {
  durable(name: string): Destructible;
  destroy(): Promise<unknown>;
}
interface WriteAhead {
  write(
    stack: unknown,
    entries: { keys: number[]; buffer: Buffer }[],
    sync: boolean,
  ): Promise<unknown>;
  get(key: number): AsyncIterable<Uint8Array>;
}
interface WriteAheadClass {
  open(options: { directory: string }): Promise<unknown>;
  new (destructible: Destructible, turnstile: unknown, open: unknown): WriteAhead;
}

export const writeahead: Contestant = {
  name: "writeahead",
  package: "writeahead",
  kind: "rival",
  guarantee: "every write is synchronous (O_SYNC); the checksum is a constant",
  blocking: false,
  durableCalls: "pwrite64,pwritev",
  open: async (directory) => {
    const Log = loadCommonJs("writeahead") as WriteAheadClass;
    const Destructible = loadCommonJs("destructible", "writeahead") as new (
      name: string,
    ) => Destructible;
    const Turnstile = loadCommonJs("turnstile") as new (parent: Destructible) => unknown;
    const Fracture = loadCommonJs("fracture", "writeahead") as { stack(): unknown };
    const root = new Destructible("bench");
    const turnstile = new Turnstile(root.durable("turnstile"));
    const log = new Log(root.durable("log"), turnstile, await Log.open({ directory }));
    return {
      append: (record) =>
        log.write(Fracture.stack(), [{ keys: [0], buffer: Buffer.from(record) }], true),
      read: async (visit) => {
        for await (const record of log.get(0)) visit(record);
      },
      close: async () => {
        await root.destroy();
      },
    };
  },
};
