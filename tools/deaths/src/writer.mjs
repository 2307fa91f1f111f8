/**
 * The process that gets killed: opens the log, appends in every way there is, checkpoints, closes, opens
 * again, until it dies. It says what is durable only once the log has said so.
 * Runs the built packages under Node, Deno and Bun: `writer.mjs <plan as JSON>`.
 */
import process from "node:process";
import { Wal, isWalError } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { SeededRandom } from "@stria/testkit";
import { Appends } from "./appends.mjs";
import { say } from "./report-line.mjs";
import { markedStorage, unsyncedStorage } from "./watched-storage.mjs";

/** @type {import("./plan.mjs").LifePlan} */
const plan = JSON.parse(process.argv[2] ?? "");
const random = new SeededRandom(`${plan.seed}/steps/${plan.life}`);

try {
  for (;;) await openAndClose();
} catch (error) {
  // EPIPE: the parent is gone, and so is the reason to go on.
  if (/** @type {{ code?: unknown }} */ (error).code !== "EPIPE") {
    say("fault", isWalError(error) ? error.code : "", String(error).replaceAll("\n", " "));
  }
  process.exit(1);
}

async function openAndClose() {
  say("opening");
  const { durability, segmentBytes, keepSegments } = plan;
  const wal = await Wal.open({
    storage: storage(),
    durability,
    segmentBytes,
    keepSegments,
    onEvent: ({ type }) => say("event", type),
  });
  say("opened", wal.durableLsn);
  const appends = new Appends(wal, plan, random);
  const steps = plan.mostSteps === 0 ? Infinity : random.below(plan.mostSteps);
  for (let step = 0; step < steps; step++) await appends.step();
  // Now and then with appends in flight: closing makes them durable.
  if (random.chance(0.5)) await appends.settle();
  const last = wal.nextLsn - 1;
  say("closing");
  await wal.close();
  if (last > 0) appends.durable(last);
  await appends.settle();
  say("closed");
}

function storage() {
  const real = nodeStorage(plan.directory, { zeroAhead: plan.zeroAhead });
  if (plan.sabotage === "no-sync") return unsyncedStorage(real);
  return plan.marked ? markedStorage(real, (step) => say("step", step)) : real;
}
