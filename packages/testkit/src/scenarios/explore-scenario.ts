/**
 * The crash explorer over Stria itself: opens `Wal` as a scenario says and explores it from one seed.
 * A replay string is `scenario|path`; it holds everything a run needs.
 */
import { Wal } from "@stria/core";
import {
  crashExplorer,
  replayCrash,
  type CrashExplorerOptions,
  type Finding,
  type SubjectOptions,
} from "../explorer/crash-explorer.ts";
import type { CrashableLog, OpenLog, OpenReader } from "../explorer/crashable-log.ts";
import { seededRandom } from "../random.ts";
import { blockingLog } from "./blocking-log.ts";
import { NonceLedger, ledgerCipher } from "./ledger-cipher.ts";
import {
  durabilityOf,
  formatScenario,
  parseScenario,
  settingsOf,
  type Scenario,
} from "./scenario.ts";

/** How thorough one seed is explored; see `CrashExplorerOptions`. */
export type ScenarioEffort = Pick<
  CrashExplorerOptions,
  "steps" | "points" | "images" | "nested" | "depth" | "faults" | "shrink" | "script"
>;

/** What exploring one seed of one scenario came to. */
export interface ScenarioResult {
  readonly cycles: number;
  readonly operations: number;
  /** (key, nonce) pairs used; 0 without a cipher. */
  readonly nonces: number;
  /** At most one: the first broken promise. */
  readonly finding: Finding | undefined;
}

/** Explores one scenario from one seed. */
export async function exploreScenario(
  scenario: Scenario,
  seed: number,
  effort: ScenarioEffort = {},
): Promise<ScenarioResult> {
  const ledger = new NonceLedger();
  const result = await crashExplorer({ ...effort, ...subjectOf(scenario, ledger), seed, seeds: 1 });
  const { cycles, operations } = result;
  const [first] = result.findings;
  const text = formatScenario(scenario);
  const finding =
    first === undefined
      ? nonceFinding(ledger, `${text}|${seed}///`)
      : { ...first, replay: `${text}|${first.replay}` };
  return { cycles, operations, nonces: ledger.pairs, finding };
}

/** Runs a replay string again; resolves to what it breaks, or `undefined`. */
export async function replayScenario(replay: string): Promise<Finding | undefined> {
  const [text = "", path = "", ...rest] = replay.split("|");
  if (path === "" || rest.length > 0) {
    throw new RangeError(
      `not a replay string, wanted scenario|seed/script/fault/crashes: ${replay}`,
    );
  }
  const ledger = new NonceLedger();
  const finding = await replayCrash(path, subjectOf(parseScenario(text), ledger));
  return finding === undefined ? nonceFinding(ledger, replay) : { ...finding, replay };
}

/** The log a scenario opens. */
export function openScenario(scenario: Scenario, ledger: NonceLedger = new NonceLedger()): OpenLog {
  const { ring, cipher, blocking, simulation, maxTotalBytes, ...options } = settingsOf(scenario);
  const most = simulation.maxFileBytes ?? Infinity;
  return async ({ storage, clock, random }): Promise<CrashableLog> => {
    const wal = await Wal.open({
      ...options,
      segmentBytes: Math.min(options.segmentBytes, most),
      storage,
      clock,
      random,
      durability: durabilityOf(scenario.mode),
      stripes: 1,
      ...(maxTotalBytes !== undefined && { maxTotalBytes }),
      ...(ring && { retention: { mode: "count" } }),
      ...(cipher && { cipher: ledgerCipher(ledger, storage.name, random) }),
    });
    return blocking ? blockingLog(wal) : wal;
  };
}

function readScenario(scenario: Scenario, ledger: NonceLedger): OpenReader {
  const { cipher } = settingsOf(scenario);
  return ({ storage, clock }) => {
    // It only opens: whose life it belongs to does not matter.
    const own = cipher && { cipher: ledgerCipher(ledger, "reader", seededRandom("reader")) };
    return Wal.openReader({ storage, clock, ...own });
  };
}

function subjectOf(scenario: Scenario, ledger: NonceLedger): SubjectOptions {
  const { ring, simulation, maxTotalBytes, stripeBytes } = settingsOf(scenario);
  return {
    open: openScenario(scenario, ledger),
    openReader: readScenario(scenario, ledger),
    lazy: scenario.mode.startsWith("async"),
    forgets: ring,
    limited: maxTotalBytes !== undefined || stripeBytes < 65_536,
    distrusted: simulation.youngNamesMs !== undefined,
    simulation,
  };
}

function nonceFinding(ledger: NonceLedger, replay: string): Finding | undefined {
  const [first] = ledger.reused;
  if (first === undefined) return undefined;
  return { violation: "nonce-reused", message: `sealed twice: ${first}`, replay };
}
