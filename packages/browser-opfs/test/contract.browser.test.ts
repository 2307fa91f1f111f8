/** The whole storage contract on real files: declared on the page, run in a dedicated worker. */
import { storageContract } from "@stria/testkit";
import { afterAll, test } from "vitest";
import { TestWorker } from "./support/worker-client.ts";

const worker = new TestWorker();

afterAll(() => worker.terminate());

storageContract({
  test: (name) =>
    test(name, async (context) => {
      const outcome = await worker.ask({ contract: name });
      if ("error" in outcome) throw new Error(outcome.error);
      if ("skipped" in outcome) context.skip(outcome.skipped);
    }),
  factory() {
    throw new Error("the tests run in the worker, on its subject");
  },
});
