/**
 * The workload a log is crashed in, as a short text: `a100 b3x10 s5 w f k r`. Short enough to print
 * with a finding and to paste into a replay.
 */
import type { SeededRandom } from "../random.ts";

/**
 * One step of a script and its text:
 *
 * | text | step |
 * |---|---|
 * | `a100` | append 100 bytes and wait for the acknowledgement |
 * | `s100` | start an append of 100 bytes, do not wait |
 * | `n100` | `appendAsync` of 100 bytes |
 * | `x100` | append 100 bytes, synchronous whatever the mode, and wait |
 * | `b3x10` | append a batch of 3 records of 10 bytes and wait |
 * | `t3x10` | start such a batch, do not wait |
 * | `w` | wait for everything started |
 * | `d` | wait until the newest record is durable |
 * | `f`, `c` | flush, commit |
 * | `k`, `k50` | checkpoint at the durable LSN, at 50 % of it |
 * | `i20`, `i0` | 20 ms pass; none, but what was started gets under way |
 * | `j60`, `z60` | the wall clock jumps 60 s forward, back |
 * | `v` | read everything and compare |
 * | `r` | close, open again, compare |
 * | `g` | go on under a new key |
 * | `u` | back up the running log and read the copy |
 * | `o` | start to read beside the writer, as another process |
 * | `l` | follow beside the writer until the log is closed |
 * | `p` | another process tries to open the log |
 */
export type ScriptStep =
  | { readonly kind: "append" | "start" | "async" | "urgent"; readonly bytes: number }
  | { readonly kind: "batch" | "startBatch"; readonly records: number; readonly bytes: number }
  | { readonly kind: "wait" | "durable" | "flush" | "commit" | "verify" }
  | { readonly kind: "rotateKey" | "backup" | "beside" | "follow" }
  | { readonly kind: "reopen" }
  | { readonly kind: "intrude" }
  | { readonly kind: "jump"; readonly seconds: number }
  | { readonly kind: "checkpoint"; readonly percent: number }
  | { readonly kind: "idle"; readonly ms: number };

const sized = { a: "append", s: "start", n: "async", x: "urgent" } as const;
const batched = { b: "batch", t: "startBatch" } as const;
const plain = {
  w: "wait",
  d: "durable",
  f: "flush",
  c: "commit",
  v: "verify",
  r: "reopen",
  g: "rotateKey",
  u: "backup",
  o: "beside",
  l: "follow",
  p: "intrude",
} as const;

/** Reads a script; throws a `RangeError` that names the step it cannot read. */
export function parseScript(text: string): ScriptStep[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(parseStep);
}

/** The text of a script; `parseScript` reads it back. */
export function formatScript(steps: readonly ScriptStep[]): string {
  return steps.map(formatStep).join(" ");
}

/** A random script of `length` steps, weighted towards what logs get wrong. */
export function generateScript(random: SeededRandom, length: number): ScriptStep[] {
  return Array.from({ length }, () => parseStep(randomStep(random)));
}

function randomStep(random: SeededRandom): string {
  const bytes = random.pick([0, 1, 7, 30, 64, 100, 200, 400, 450, 500, 512, 700, 1100, 2500, 7000]);
  const roll = random.below(100);
  if (roll < 22) return `a${bytes}`;
  if (roll < 37) return `s${bytes}`;
  if (roll < 40) return `x${bytes}`;
  if (roll < 48) return `n${bytes}`;
  if (roll < 56) return `b${1 + random.below(4)}x${bytes}`;
  if (roll < 64) return `t${1 + random.below(4)}x${bytes}`;
  if (roll < 69) return "w";
  if (roll < 70) return random.pick(besides);
  if (roll < 73) return "d";
  if (roll < 77) return "f";
  if (roll < 80) return "c";
  if (roll < 81) return random.pick(besides);
  if (roll < 87) return random.chance(0.5) ? "k" : `k${random.below(101)}`;
  // Within no time what was started gets under way, where operations take some.
  if (roll < 92) return random.chance(0.5) ? "i0" : `i${1 + random.below(40)}`;
  if (roll < 93) return `${random.pick(["j", "z"])}${random.pick(jumps)}`;
  return roll < 95 ? "v" : "r";
}

/** What goes on beside the appends. */
const besides = ["g", "u", "o", "o", "l", "l", "p"];
/** Clocks are set right by a minute, and wrong by decades: the largest lies before 1970. */
const jumps = [1, 60, 90_000, 2_000_000_000];

function parseStep(word: string): ScriptStep {
  const match = /^([a-z])(\d+)?(?:x(\d+))?$/.exec(word);
  const [, letter = "", first, second] = match ?? [];
  const number = first === undefined ? undefined : Number(first);
  if (second === undefined) {
    if (isKey(sized, letter) && number !== undefined) return { kind: sized[letter], bytes: number };
    if (isKey(plain, letter) && number === undefined) return { kind: plain[letter] };
    if (letter === "k" && (number ?? 0) <= 100)
      return { kind: "checkpoint", percent: number ?? 100 };
    if (letter === "i" && number !== undefined) return { kind: "idle", ms: number };
    if (letter === "j" && number !== undefined) return { kind: "jump", seconds: number };
    if (letter === "z" && number !== undefined) return { kind: "jump", seconds: -number };
  } else if (isKey(batched, letter) && number !== undefined) {
    return { kind: batched[letter], records: number, bytes: Number(second) };
  }
  throw new RangeError(`not a step of a script: ${word}`);
}

function formatStep(step: ScriptStep): string {
  switch (step.kind) {
    case "append":
    case "start":
    case "async":
    case "urgent":
      return `${letterOf(sized, step.kind)}${step.bytes}`;
    case "batch":
    case "startBatch":
      return `${letterOf(batched, step.kind)}${step.records}x${step.bytes}`;
    case "checkpoint":
      return step.percent === 100 ? "k" : `k${step.percent}`;
    case "idle":
      return `i${step.ms}`;
    case "jump":
      return step.seconds < 0 ? `z${-step.seconds}` : `j${step.seconds}`;
    default:
      return letterOf(plain, step.kind);
  }
}

function letterOf(words: Readonly<Record<string, string>>, kind: string): string {
  return Object.keys(words).find((letter) => words[letter] === kind) ?? "?";
}

function isKey<T extends object>(words: T, letter: string): letter is Extract<keyof T, string> {
  return Object.hasOwn(words, letter);
}
