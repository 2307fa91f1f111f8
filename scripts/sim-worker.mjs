/** One thread of `pnpm run sim`: explores its share of the seeds and reports after each. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { root } from "./setup.mjs";

/** @type {{ first: number, end: number, step: number, mode: string | undefined }} */
const share = workerData;
const path = join(root, "packages", "testkit", "dist", "scenarios", "index.js");
/** @type {typeof import("../packages/testkit/src/scenarios/index.ts")} */
const { drawScenario, exploreScenario, modes, parseScenario } = await import(
  pathToFileURL(path).href
);
// Only messages are reported, and lives make many errors; a replay has the stacks.
Error.stackTraceLimit = 0;
const wanted = share.mode === undefined ? modes : [parseScenario(share.mode).mode];
for (let seed = share.first; seed < share.end; seed += share.step) {
  for (const mode of wanted) {
    const { cycles, nonces, finding } = await exploreScenario(drawScenario(mode, seed), seed);
    const { violation, message, replay } = finding ?? {};
    // The cause may hold what cannot be posted.
    parentPort?.postMessage({
      cycles,
      nonces,
      ...(finding && { finding: { violation, message, replay } }),
    });
  }
}
