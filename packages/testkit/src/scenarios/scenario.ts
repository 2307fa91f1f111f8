/**
 * A way to open Stria and the disk it is opened on, as a short text: `group-commit+keep0+cipher`. The
 * simulation draws scenarios by seed and prints them with every finding. Knows options, runs nothing.
 */
import type { Durability } from "@stria/core";
import { SeededRandom } from "../random.ts";
import type { SimulationOptions } from "../simulation/machine.ts";

/** The durability modes. */
export type Mode = Durability["mode"];

/** What can be switched on besides the mode; see {@link words}. */
export type ScenarioWord =
  | "keep1"
  | "keep2"
  | "wide"
  | "large"
  | "tiny"
  | "ring"
  | "cipher"
  | "blocking"
  | "through"
  | "reserve"
  | "short"
  | "unsafe"
  | "small"
  | "limit"
  | "narrow"
  | "young"
  | "recycle"
  | "slow";

/** One combination. */
export interface Scenario {
  readonly mode: Mode;
  readonly words: readonly ScenarioWord[];
}

/** Everything a scenario's words decide. */
export interface ScenarioSettings {
  readonly keepSegments: number;
  readonly segmentBytes: number;
  readonly frameBytes: number;
  /** Retention by count. */
  readonly ring: boolean;
  readonly cipher: boolean;
  /** `appendSync` where no write is in flight. */
  readonly blocking: boolean;
  /** `maxTotalBytes`. */
  readonly maxTotalBytes: number | undefined;
  readonly stripeBytes: number;
  readonly simulation: SimulationOptions;
}

/** All modes. */
export const modes: readonly Mode[] = ["synchronous", "group-commit", "async", "async-batched"];

const defaults: ScenarioSettings = {
  keepSegments: 0,
  segmentBytes: 16_384,
  frameBytes: 2048,
  ring: false,
  cipher: false,
  blocking: false,
  maxTotalBytes: undefined,
  stripeBytes: 65_536,
  simulation: {},
};

type Change = Partial<Omit<ScenarioSettings, "simulation">> & { simulation?: SimulationOptions };

/** What each word changes. */
const words: Readonly<Record<ScenarioWord, Change>> = {
  keep1: { keepSegments: 1 },
  keep2: { keepSegments: 2 },
  /** Segments that hold a few records more. */
  wide: { segmentBytes: 36_864 },
  /** One frame for everything that waits. */
  large: { frameBytes: 262_144 },
  /** A frame for every record or two. */
  tiny: { frameBytes: 512 },
  ring: { ring: true, keepSegments: 2 },
  cipher: { cipher: true },
  blocking: { blocking: true, simulation: { synchronous: true } },
  through: { simulation: { writeAndSync: true } },
  reserve: { simulation: { preallocate: true } },
  short: { simulation: { shortReads: 0.3 } },
  /** A power cut may ruin the rest of a sector that is being written. */
  unsafe: { simulation: { powerSafeOverwrite: false } },
  small: { simulation: { maxFileBytes: 40_960 } },
  /** Appends are refused before the log exceeds this. */
  limit: { maxTotalBytes: 65_536 },
  /** Appends wait for room, or are told that there is none. */
  narrow: { stripeBytes: 4096 },
  /** A power cut may take names although the directory was synced, as in OPFS. */
  young: { simulation: { youngNamesMs: 30 } },
  /** New segments get the space of removed ones, with what stands in it. */
  recycle: { simulation: { recycling: true } },
  /** Operations take their time: appends arrive while groups are being written. */
  slow: { simulation: { latencyMs: (_operation, random) => random.pick([0, 0.3, 1, 2.5]) } },
};

/** The settings of a scenario; later words win. */
export function settingsOf(scenario: Scenario): ScenarioSettings {
  const changes = scenario.words.map((word) => words[word]);
  const simulation: SimulationOptions = Object.assign({}, ...changes.map((one) => one.simulation));
  return Object.assign({}, defaults, ...changes, { simulation });
}

const durabilities: Readonly<Record<Mode, Durability>> = {
  synchronous: { mode: "synchronous" },
  "group-commit": { mode: "group-commit", maxDelayMs: 2, maxBatchRecords: 4 },
  async: { mode: "async", flushIntervalMs: 5 },
  "async-batched": { mode: "async-batched", maxDelayMs: 5, maxBatchRecords: 3 },
};

/** The mode with delays short enough for a script of some virtual milliseconds. */
export function durabilityOf(mode: Mode): Durability {
  return durabilities[mode];
}

/** Every third seed has the plain disk and options; the others draw what is different. */
export function drawScenario(mode: Mode, seed: number): Scenario {
  const random = new SeededRandom(`${seed} ${mode} scenario`);
  if (seed % 3 === 0) return { mode, words: [] };
  const drawn: ScenarioWord[] = [];
  const either = (...some: ScenarioWord[]): void => {
    drawn.push(random.pick(some));
  };
  if (random.chance(0.5)) either("keep1", "keep2", "ring");
  if (random.chance(0.4)) either("wide", "large", "tiny");
  if (random.chance(0.4)) either("cipher");
  if (random.chance(0.3)) either("blocking");
  if (random.chance(0.4)) either("through");
  if (random.chance(0.4)) either("reserve");
  if (random.chance(0.2)) either("short");
  if (random.chance(0.2)) either("unsafe");
  if (random.chance(0.1) && !drawn.includes("wide")) either("small");
  if (random.chance(0.2)) either("limit");
  if (random.chance(0.2)) either("narrow");
  if (random.chance(0.07)) either("young");
  if (random.chance(0.35)) either("recycle");
  if (random.chance(0.35)) either("slow");
  return { mode, words: drawn };
}

/** The text of a scenario. */
export function formatScenario({ mode, words: some }: Scenario): string {
  return [mode, ...some].join("+");
}

/** Reads the text of a scenario; a `RangeError` names the word it does not know. */
export function parseScenario(text: string): Scenario {
  const [first = "", ...rest] = text.split("+");
  const mode = modes.find((known) => known === first);
  if (mode === undefined) throw new RangeError(`not a durability mode: ${first}`);
  return { mode, words: rest.map(knownWord) };
}

function knownWord(text: string): ScenarioWord {
  if (Object.hasOwn(words, text)) return text as ScenarioWord;
  throw new RangeError(
    `not a word of a scenario: ${text}; there are ${Object.keys(words).join(" ")}`,
  );
}
