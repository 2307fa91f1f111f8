/** The page's side of `opfs-worker.ts`: one worker, one job at a time. */
import type { Job, Outcome } from "./opfs-worker.ts";
import type { Place, scenarios } from "./worker-scenarios.ts";

type Scenarios = typeof scenarios;

export class TestWorker {
  readonly #worker: Worker = new Worker(new URL("opfs-worker.ts", import.meta.url), {
    type: "module",
  });

  /** Runs a scenario in the worker; rejects with what it threw. */
  async run<Name extends keyof Scenarios>(
    scenario: Name,
    place: Place,
  ): Promise<Awaited<ReturnType<Scenarios[Name]>>> {
    const outcome = await this.ask({ scenario, place });
    if ("value" in outcome) return outcome.value as Awaited<ReturnType<Scenarios[Name]>>;
    throw new Error("error" in outcome ? outcome.error : outcome.skipped);
  }

  ask(job: Job): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = (event: MessageEvent<Outcome>) => resolve(event.data);
      this.#worker.onerror = (event) => reject(new Error(event.message));
      this.#worker.postMessage(job);
    });
  }

  /** Ends it as a closed tab would: at once. */
  terminate(): void {
    this.#worker.terminate();
  }
}
