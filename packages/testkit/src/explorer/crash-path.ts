/**
 * Where a run was crashed, as a short text that replays it: seed, script, fault and the crashes, one a
 * life. `7/a64 b3x10 f r/e12/5p99.3k4`.
 */
import { formatScript, parseScript, type ScriptStep } from "./script.ts";

/** How a life ends: power cut before an operation, every process killed there, or killed half-way through. */
export type CrashKind = "power" | "kill" | "midway";

/** The end of one life. */
export interface Crash {
  /** Number of the operation in that life. */
  readonly operation: number;
  readonly kind: CrashKind;
  /** Decides what survives, and the script of the life after it. */
  readonly seed: number;
}

/**
 * What goes wrong with the device in the first life. `error`, `full`: operation number `at` fails, with
 * EIO or ENOSPC. `quota`: there is room for `at` bytes. The others strike at the `at`-th operation they
 * concern: a sync that lies (`lie`) or says so too late (`late`), a write that lands somewhere else
 * (`misdirect`), an operation that takes long (`delay`) or for ever (`never`).
 */
export interface DeviceFault {
  readonly kind: "error" | "full" | "quota" | "lie" | "late" | "misdirect" | "delay" | "never";
  readonly at: number;
}

/** Faults no log can survive unharmed: it may lose records or refuse, but never show a wrong one. */
export const dishonestFaults: ReadonlySet<DeviceFault["kind"]> = new Set([
  "lie",
  "late",
  "misdirect",
]);

/** Everything that decides a run. */
export interface CrashPath {
  readonly seed: number;
  readonly steps: readonly ScriptStep[];
  readonly fault?: DeviceFault | undefined;
  readonly crashes: readonly Crash[];
}

const crashLetters = { p: "power", k: "kill", m: "midway" } as const;
const faultLetters = {
  e: "error",
  f: "full",
  q: "quota",
  y: "lie",
  l: "late",
  x: "misdirect",
  d: "delay",
  n: "never",
} as const;

/** The text of a path; `parseCrashPath` reads it back. */
export function formatCrashPath(path: CrashPath): string {
  const crashes = path.crashes.map(
    ({ operation, kind, seed }) => `${operation}${kind.charAt(0)}${seed}`,
  );
  const fault = path.fault === undefined ? "" : `${letterOf(path.fault.kind)}${path.fault.at}`;
  return [path.seed, formatScript(path.steps), fault, crashes.join(".")].join("/");
}

/** Reads the text of a path; throws a `RangeError` that says what it cannot read. */
export function parseCrashPath(text: string): CrashPath {
  const [seed = "", script = "", fault = "", crashes = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^\d+$/.test(seed)) {
    throw new RangeError(`not a replay string, wanted seed/script/fault/crashes: ${text}`);
  }
  return {
    seed: Number(seed),
    steps: parseScript(script),
    fault: fault === "" ? undefined : parseFault(fault),
    crashes: crashes === "" ? [] : crashes.split(".").map(parseCrash),
  };
}

function parseCrash(word: string): Crash {
  const match = /^(\d+)([pkm])(\d+)$/.exec(word);
  if (match === null) throw new RangeError(`not a crash: ${word}`);
  const letter = match[2] as keyof typeof crashLetters;
  return { operation: Number(match[1]), kind: crashLetters[letter], seed: Number(match[3]) };
}

function parseFault(word: string): DeviceFault {
  const match = /^([efqylxdn])(\d+)$/.exec(word);
  if (match === null) throw new RangeError(`not a fault: ${word}`);
  return { kind: faultLetters[match[1] as keyof typeof faultLetters], at: Number(match[2]) };
}

function letterOf(kind: DeviceFault["kind"]): string {
  return Object.entries(faultLetters).find(([, name]) => name === kind)?.[0] ?? "?";
}
