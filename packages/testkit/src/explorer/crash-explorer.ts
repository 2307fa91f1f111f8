/**
 * The crash explorer: runs a workload, crashes it at every operation, recovers, crashes the recovery and
 * the first appends after it, and holds what it sees against the model. Everything follows from a seed.
 */
import { SeededRandom } from "../random.ts";
import type { SimulationOptions } from "../simulation/machine.ts";
import {
  formatCrashPath,
  parseCrashPath,
  type Crash,
  type CrashPath,
  type DeviceFault,
} from "./crash-path.ts";
import type { OpenLog, OpenReader } from "./crashable-log.ts";
import {
  chooseNone,
  chooseOne,
  chooseSome,
  chooseWhere,
  firstLife,
  nextLife,
  type Choose,
  type CrashPoint,
  type LifeResult,
  type Subject,
} from "./lineage.ts";
import { generateScript, parseScript, type ScriptStep } from "./script.ts";
import { shrink } from "./shrink.ts";
import type { Violation, ViolationName } from "./violation.ts";

/** What `crashExplorer` takes. */
export interface CrashExplorerOptions {
  readonly open: OpenLog;
  /** Opens it without the lock; scripts then read beside the writer and read backups. */
  readonly openReader?: OpenReader;
  /** The workload; a random one for each seed if not given. */
  readonly script?: string;
  /** The first seed; 1. */
  readonly seed?: number;
  /** How many seeds to run; 1. */
  readonly seeds?: number;
  /** Steps of a random script; 12. */
  readonly steps?: number;
  /** Operations of a script to crash at. A script with no more is crashed at every one; 60. */
  readonly points?: number;
  /** Crashes tried at each of them; 3. */
  readonly images?: number;
  /** Operations of each recovered life to crash at; 2. */
  readonly nested?: number;
  /** Lives after the first; 3. */
  readonly depth?: number;
  /** Device faults tried for each seed, each at an operation of its own; 2. */
  readonly faults?: number;
  /** Appends resolve before they are durable (`async`, `async-batched`); false. */
  readonly lazy?: boolean;
  /** The log retires records by itself, without a checkpoint (a ring log); false. */
  readonly forgets?: boolean;
  /** The log may refuse an append (`WAL_NO_SPACE`, `WAL_BACKPRESSURE`) and go on; false. */
  readonly limited?: boolean;
  /** The disk does not keep what it says (young names): records may be lost, nothing wrong may be shown; false. */
  readonly distrusted?: boolean;
  /** Shape of the disk: young names, no power-safe overwrite, `writeAndSync` and so on. */
  readonly simulation?: SimulationOptions;
  /** Stop after this many findings; 1. */
  readonly findings?: number;
  /** Broken promises that are known, and not to be reported again. */
  readonly known?: readonly ViolationName[];
  /** Look for a smaller script that breaks the same promise; true. */
  readonly shrink?: boolean;
  /** Told after every seed. */
  readonly onProgress?: (progress: Exploration) => void;
}

/** The options that say which log is explored: a replay needs the same. */
export type SubjectOptions = Pick<
  CrashExplorerOptions,
  "open" | "openReader" | "lazy" | "forgets" | "limited" | "distrusted" | "simulation"
>;

/** A broken promise and how to see it again. */
export interface Finding {
  readonly violation: ViolationName;
  readonly message: string;
  /** For `replayCrash`, or `replay:` on a command line. */
  readonly replay: string;
  /** Where the error that was thrown came from, if one was. */
  readonly cause?: unknown;
}

/** What an exploration did and found. */
export interface Exploration {
  readonly seeds: number;
  /** Crashes followed by a recovery and its checks. */
  readonly cycles: number;
  /** Operations of simulated storages. */
  readonly operations: number;
  readonly findings: readonly Finding[];
}

/** Explores a log; rejects only if the explorer itself is at fault. */
export async function crashExplorer(options: CrashExplorerOptions): Promise<Exploration> {
  const explorer = new Explorer(options);
  const first = options.seed ?? 1;
  const fixed = options.script === undefined ? undefined : parseScript(options.script);
  for (let seed = first; seed < first + (options.seeds ?? 1); seed++) {
    const random = new SeededRandom(`${seed} script`);
    const steps = fixed ?? generateScript(random, options.steps ?? 12);
    await explorer.seed(seed, steps);
    options.onProgress?.(explorer.result());
    if (explorer.full) break;
  }
  return explorer.result();
}

/** Runs one path again; resolves to what it breaks, or `undefined`. */
export async function replayCrash(
  replay: string,
  options: SubjectOptions,
): Promise<Finding | undefined> {
  const path = parseCrashPath(replay);
  const subject = subjectOf(options);
  const [firstCrash] = path.crashes;
  let life = await firstLife(subject, path, chooseOne(firstCrash?.operation));
  for (const [index, crash] of path.crashes.entries()) {
    const point = life.points.find(({ operation }) => operation === crash.operation);
    if (point === undefined) break;
    const following = path.crashes[index + 1];
    life = await nextLife(subject, point, crash, chooseOne(following?.operation));
  }
  return life.violation === undefined ? undefined : findingOf(life.violation, path);
}

class Explorer {
  readonly #options: CrashExplorerOptions;
  readonly #subject: Subject;
  #findings: Finding[] = [];
  #seeds = 0;
  #cycles = 0;
  #operations = 0;

  constructor(options: CrashExplorerOptions) {
    this.#options = options;
    this.#subject = subjectOf(options);
  }

  get full(): boolean {
    return this.#findings.length >= (this.#options.findings ?? 1);
  }

  result(): Exploration {
    return {
      seeds: this.#seeds,
      cycles: this.#cycles,
      operations: this.#operations,
      findings: this.#findings.slice(),
    };
  }

  /** Everything there is to try with one seed. */
  async seed(seed: number, steps: readonly ScriptStep[]): Promise<void> {
    this.#seeds++;
    const random = new SeededRandom(`${seed} choices`);
    const path: CrashPath = { seed, steps, crashes: [] };
    // Once to learn how many operations there are, so that points can be spread over all of them.
    const measured = await firstLife(this.#subject, path, chooseNone);
    this.#operations += measured.operations;
    await this.#explore(path, this.#sampled(random, measured.operations), random);
    for (let fault = 0; fault < (this.#options.faults ?? 2) && !this.full; fault++) {
      const faulty = { ...path, fault: drawFault(random, measured.operations) };
      await this.#explore(faulty, this.#sampled(random, measured.operations), random);
    }
  }

  async #explore(path: CrashPath, choose: Choose, random: SeededRandom): Promise<void> {
    const life = await firstLife(this.#subject, path, choose);
    if (await this.#note(life, path)) return;
    for (const point of life.points) {
      for (let image = 0; image < (this.#options.images ?? 3); image++) {
        if (this.full) return;
        await this.#crash(path, point, drawCrash(random, point), random);
      }
    }
  }

  async #crash(
    before: CrashPath,
    point: CrashPoint,
    crash: Crash,
    random: SeededRandom,
  ): Promise<void> {
    this.#cycles++;
    const path = { ...before, crashes: [...before.crashes, crash] };
    const deepest = path.crashes.length >= (this.#options.depth ?? 3);
    const choose = deepest ? chooseNone : chooseSome(random, this.#options.nested ?? 2);
    const life = await nextLife(this.#subject, point, crash, choose);
    if (await this.#note(life, path)) return;
    for (const next of life.points) {
      if (this.full) return;
      await this.#crash(path, next, drawCrash(random, next), random);
    }
  }

  async #note(life: LifeResult, path: CrashPath): Promise<boolean> {
    this.#operations += life.operations;
    if (life.violation === undefined) return false;
    if (this.#options.known?.includes(life.violation.name)) return true;
    let finding = findingOf(life.violation, path);
    if (this.#options.shrink !== false)
      finding = await shrink(finding, this.#options, crashExplorer);
    this.#findings.push(finding);
    return true;
  }

  /** Every operation of a short script, a share of a long one. */
  #sampled(random: SeededRandom, operations: number): Choose {
    const share = (this.#options.points ?? 60) / Math.max(1, operations);
    return chooseWhere(() => share >= 1 || random.chance(share));
  }
}

function subjectOf(options: SubjectOptions): Subject {
  return {
    open: options.open,
    openReader: options.openReader,
    limited: options.limited ?? false,
    distrusted: options.distrusted ?? false,
    lazy: options.lazy ?? false,
    forgets: options.forgets ?? false,
    simulation: options.simulation ?? {},
  };
}

function findingOf(violation: Violation, path: CrashPath): Finding {
  return {
    violation: violation.name,
    message: violation.message,
    replay: formatCrashPath(path),
    ...(violation.cause !== undefined && { cause: violation.cause }),
  };
}

function drawCrash(random: SeededRandom, point: CrashPoint): Crash {
  const kinds = ["power", "power", "power", "kill", point.midway ? "midway" : "kill"] as const;
  const kind = random.pick(kinds);
  return { operation: point.operation, kind, seed: random.uint32() };
}

function drawFault(random: SeededRandom, operations: number): DeviceFault {
  const kind = random.pick(faultKinds);
  if (kind === "quota") return { kind, at: 1 + random.below(40_000) };
  // The others count only the operations they concern, about every fourth.
  const most = kind === "error" || kind === "full" ? operations : operations / 4;
  return { kind, at: 1 + random.below(most) };
}

const faultKinds: readonly DeviceFault["kind"][] = [
  "error",
  "error",
  "error",
  "error",
  "full",
  "quota",
  "lie",
  "late",
  "misdirect",
  "delay",
  "never",
];
