/**
 * One line of lives: a script crashed at some operation, recovered, crashed again during recovery or the
 * first appends after it, and so on. Runs a life and keeps the moments at which it can be crashed.
 */
import { SeededRandom } from "../random.ts";
import type { DiskSnapshot } from "../simulation/disk-snapshot.ts";
import type { Fault, FaultRule, OperationKind } from "../simulation/faults.ts";
import type { SimulationOptions } from "../simulation/machine.ts";
import { sectorBytes } from "../simulation/power-cut.ts";
import { SimulatedStorage } from "../simulation/simulated-storage.ts";
import { dishonestFaults, type Crash, type CrashPath, type DeviceFault } from "./crash-path.ts";
import type { OpenLog, OpenReader } from "./crashable-log.ts";
import { runLife } from "./life.ts";
import { Model } from "./model.ts";
import { generateScript, parseScript, type ScriptStep } from "./script.ts";
import { Violation } from "./violation.ts";

/** What all lives of an exploration share. */
export interface Subject {
  readonly open: OpenLog;
  readonly openReader: OpenReader | undefined;
  readonly limited: boolean;
  readonly distrusted: boolean;
  readonly lazy: boolean;
  readonly forgets: boolean;
  readonly simulation: SimulationOptions;
}

/** A moment at which a life can be crashed: the disk, and what the log had promised by then. */
export interface CrashPoint {
  readonly operation: number;
  readonly snapshot: DiskSnapshot;
  /** The same with a part of the write in the cache; only for writes. */
  readonly midway: DiskSnapshot | undefined;
  readonly model: Model;
}

/** How a life went. */
export interface LifeResult {
  readonly points: readonly CrashPoint[];
  readonly operations: number;
  readonly violation: Violation | undefined;
}

/**
 * Chooses, by the number of the operation, whether a life is to be crashed there: the place the moment
 * takes among the life's points, in which it replaces another, or `undefined`.
 */
export type Choose = (operation: number) => number | undefined;

/** No moment of a life. */
export const chooseNone: Choose = () => undefined;

/** The moment before one operation. */
export function chooseOne(wanted: number | undefined): Choose {
  return (operation) => (operation === wanted ? 0 : undefined);
}

/** Every moment `wanted` accepts. */
export function chooseWhere(wanted: () => boolean): Choose {
  let places = 0;
  return () => (wanted() ? places++ : undefined);
}

/**
 * At most `most` moments, every one as likely as any other. It decides on the way (a reservoir sample),
 * because to keep a disk for each operation and drop nearly all of them takes longer than the life.
 */
export function chooseSome(random: SeededRandom, most: number): Choose {
  let seen = 0;
  return () => {
    seen++;
    if (seen <= most) return seen - 1;
    const place = random.below(seen);
    return place < most ? place : undefined;
  };
}

/** Runs the first life of a path: an empty storage, the script, the fault. */
export function firstLife(subject: Subject, path: CrashPath, choose: Choose): Promise<LifeResult> {
  const storage = new SimulatedStorage({
    ...subject.simulation,
    ...latencyOf(path.seed),
    seed: path.seed,
    faults: rulesOf(path.fault),
    ...(path.fault?.kind === "quota" && { capacityBytes: path.fault.at }),
  });
  const model = new Model();
  if (subject.forgets) model.checkpoint(Infinity, "attempted");
  if (subject.distrusted) model.distrust();
  if (path.fault !== undefined && dishonestFaults.has(path.fault.kind)) model.distrust();
  return live(subject, storage, model, {
    steps: path.steps,
    seed: String(path.seed),
    faulty: path.fault !== undefined,
    endless: path.fault?.kind === "never",
    choose,
  });
}

/** Runs the life after a crash: recovery, its checks, and a few appends of its own. */
export function nextLife(
  subject: Subject,
  point: CrashPoint,
  crash: Crash,
  choose: Choose,
): Promise<LifeResult> {
  const storage = crashAt(point, crash);
  const random = new SeededRandom(`${crash.seed} script`);
  const steps = random.pick(aftermaths) ?? generateScript(random, 1 + random.below(5));
  return live(subject, storage, point.model.fork(), {
    steps,
    seed: String(crash.seed),
    faulty: false,
    choose,
  });
}

/** Scripts of recovered lives; `undefined` = a random one. */
const aftermaths: readonly (readonly ScriptStep[] | undefined)[] = [
  parseScript("a40 a300"),
  parseScript("s40 s500 w r a20"),
  parseScript("b2x100 k a9 r"),
  parseScript("r"),
  undefined,
  undefined,
];

function crashAt(point: CrashPoint, crash: Crash): SimulatedStorage {
  if (crash.kind === "power") return point.snapshot.powerCut({ seed: crash.seed });
  const from = crash.kind === "midway" ? point.midway : point.snapshot;
  return (from ?? point.snapshot).kill(crash.seed);
}

async function live(
  subject: Subject,
  storage: SimulatedStorage,
  model: Model,
  life: {
    readonly steps: readonly ScriptStep[];
    readonly seed: string;
    readonly faulty: boolean;
    readonly endless?: boolean;
    readonly choose: Choose;
  },
): Promise<LifeResult> {
  const points: CrashPoint[] = [];
  const shares = new SeededRandom(`${life.seed} shares`);
  let violation: Violation | undefined;
  try {
    await runLife({
      open: subject.open,
      openReader: subject.openReader,
      limited: subject.limited,
      storage,
      model,
      steps: life.steps,
      seed: life.seed,
      lazy: subject.lazy,
      faulty: life.faulty,
      endless: life.endless ?? false,
      atOperation(operation, moment, now) {
        // Drawn at every operation, so that what is chosen does not change what is drawn.
        const share = shares.uint32() / 0x1_0000_0000;
        const place = life.choose(operation.number);
        if (place === undefined) return;
        const writes = operation.kind === "write" || operation.kind === "writeAndSync";
        points[place] = {
          operation: operation.number,
          snapshot: moment.snapshot(),
          midway: writes ? moment.snapshotMidway(share) : undefined,
          model: now.fork(),
        };
      },
    });
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const { operations } = storage;
  storage.kill();
  return { points, operations, violation };
}

/** Three seeds in four have operations that take time, so that appends meet a sync in flight. */
function latencyOf(seed: number): SimulationOptions {
  if (seed % 4 === 0) return {};
  return {
    latencyMs: (operation, random) => {
      const slow = operation.kind === "sync" || operation.kind === "writeAndSync";
      return random.below(slow ? 4 : 2);
    },
  };
}

function rulesOf(fault: DeviceFault | undefined): FaultRule[] {
  if (fault === undefined || fault.kind === "quota") return [];
  const { kind, at } = fault;
  if (kind === "error" || kind === "full") {
    const code = kind === "full" ? "ENOSPC" : "EIO";
    return [{ operation: at, fault: { kind: "error", code } }];
  }
  return [{ ...troubles[kind](at), after: at - 1 }];
}

const syncs: readonly OperationKind[] = ["sync", "writeAndSync", "syncDirectory"];
const writes: readonly OperationKind[] = ["write", "writeAndSync"];

/** Where a misdirected write may land: somewhere in the frames of a small segment. */
const landingSectors = 40;
const framesStart = 8192;

const troubles: Readonly<
  Record<
    Exclude<DeviceFault["kind"], "error" | "full" | "quota">,
    (at: number) => { readonly on: readonly OperationKind[]; readonly fault: Fault }
  >
> = {
  lie: () => ({ on: syncs, fault: { kind: "lie" } }),
  late: () => ({ on: ["sync"], fault: { kind: "late-error" } }),
  misdirect: (at) => ({
    on: writes,
    fault: { kind: "misdirect", at: framesStart + ((at * 7) % landingSectors) * sectorBytes },
  }),
  delay: () => ({ on: [...syncs, ...writes], fault: { kind: "delay", delayMs: 700 } }),
  never: () => ({ on: [...syncs, ...writes], fault: { kind: "never" } }),
};
