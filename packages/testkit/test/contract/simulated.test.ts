/** The simulated storage keeps the contract it is used to test others by, in every shape it can take. */
import { describe, test } from "vitest";
import {
  SimulatedStorage,
  storageContract,
  type ContractSubject,
  type ContractTest,
  type CutStyle,
  type SimulationOptions,
} from "../../src/index.ts";

const shapes: Readonly<Record<string, SimulationOptions>> = {
  plain: { seed: 1 },
  "with every capability": {
    seed: 2,
    synchronous: true,
    preallocate: true,
    writeAndSync: true,
    maxFileBytes: 4 << 20,
  },
  "slow, with short reads": { seed: 3, latencyMs: () => 2, shortReads: 0.5 },
  "with young names": { seed: 4, youngNamesMs: 45_000 },
};
const declare: ContractTest = test;
const styles: readonly CutStyle[] = ["nothing", "everything", "sectors"];

for (const [name, options] of Object.entries(shapes)) {
  for (const style of name === "plain" ? styles : styles.slice(2)) {
    describe(`${name}, a power cut leaves ${style}`, () => {
      storageContract({
        test: (title, run) => declare(title, (context) => driven(options, run, context)),
        factory: () => subject(options, style),
      });
    });
  }
}

let current: SimulatedStorage | undefined;

function subject(options: SimulationOptions, style: CutStyle): ContractSubject {
  const storage = new SimulatedStorage(options);
  current = storage;
  return {
    storage,
    reopen: () => Promise.resolve(storage.otherProcess()),
    crash() {
      const after = storage.powerCut({ style });
      current = after;
      return Promise.resolve(after);
    },
    limitSpace(bytes) {
      storage.capacityBytes = bytes;
    },
    failNext(verb) {
      storage.faults.add({ on: verb, fault: { kind: "error", done: "nothing" } });
    },
    cleanup() {},
  };
}

/** Lets virtual time pass while the test runs, for storages whose verbs take some. */
async function driven(
  options: SimulationOptions,
  run: (context?: unknown) => Promise<void>,
  context: unknown,
): Promise<void> {
  if (options.latencyMs === undefined) return run(context);
  const state = { done: false };
  const finished = run(context).finally(() => {
    state.done = true;
  });
  while (!state.done) await current?.clock.advance(1);
  return finished;
}
