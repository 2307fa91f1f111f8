/** The dedicated worker of the browser tests: runs scenarios, and single tests of the storage contract. */
import { storageContract } from "@stria/testkit";
import { destroy, opfsStorage } from "../../src/index.ts";
import type { OpfsStorage } from "../../src/index.ts";
import { scenarios } from "./worker-scenarios.ts";
import type { Place } from "./worker-scenarios.ts";

/** What a page asks for. */
export type Job =
  | { readonly scenario: keyof typeof scenarios; readonly place: Place }
  | { readonly contract: string };

/** What it gets. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly skipped: string }
  | { readonly error: string };

type Run = (context?: unknown) => Promise<void>;

const tests = new Map<string, Run>();

storageContract({
  test: (name, run) => tests.set(name, run),
  factory: async () => {
    const storage = contractStorage();
    const others = [storage];
    await storage.prepare();
    return {
      storage,
      async reopen() {
        const other = contractStorage();
        others.push(other);
        return other;
      },
      async cleanup() {
        await Promise.all(others.map((other) => other.close()));
        await destroy("contract");
      },
    };
  },
});

function contractStorage(): OpfsStorage {
  return opfsStorage("contract", { slotBytes: 524_288, lockTimeoutMs: 100 });
}

async function work(job: Job): Promise<Outcome> {
  try {
    if ("scenario" in job) return { value: await scenarios[job.scenario](job.place) };
    const run = tests.get(job.contract);
    if (run === undefined) return { error: `no contract test ${job.contract}` };
    let skipped: string | undefined;
    await run({
      skip(reason: string) {
        skipped = reason;
      },
    });
    return skipped === undefined ? { value: undefined } : { skipped };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

globalThis.addEventListener("message", (event: MessageEvent<Job>) => {
  work(event.data).then((outcome) => globalThis.postMessage(outcome), reportError);
});
