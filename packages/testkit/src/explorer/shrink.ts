/** Makes a finding small: fewer steps, smaller records, no fault, as long as the same promise breaks. */
import { parseCrashPath, type CrashPath } from "./crash-path.ts";
import type { CrashExplorerOptions, Exploration, Finding } from "./crash-explorer.ts";
import { formatScript, type ScriptStep } from "./script.ts";

/** Scripts tried before what has been reached is good enough. */
const attempts = 80;

/** `crashExplorer`, given by it to avoid a circle. */
type Explore = (options: CrashExplorerOptions) => Promise<Exploration>;

/** The smallest finding of the same name that a bounded search meets; `finding` itself if none. */
export async function shrink(
  finding: Finding,
  options: CrashExplorerOptions,
  explore: Explore,
): Promise<Finding> {
  let best = finding;
  let left = attempts;
  for (let improved = true; improved && left > 0;) {
    improved = false;
    for (const smaller of candidates(parseCrashPath(best.replay))) {
      if (left-- <= 0) break;
      const found = await search(smaller, best, options, explore);
      if (found === undefined) continue;
      best = found;
      improved = true;
      break;
    }
  }
  return best;
}

/** Explores a smaller script for the same broken promise, with as few crashes as the finding needed. */
async function search(
  path: CrashPath,
  { violation }: Finding,
  options: CrashExplorerOptions,
  explore: Explore,
): Promise<Finding | undefined> {
  const { findings } = await explore({
    ...options,
    script: formatScript(path.steps),
    seed: path.seed,
    seeds: 1,
    faults: path.fault === undefined ? 0 : 6,
    depth: Math.max(1, path.crashes.length),
    findings: 1,
    shrink: false,
    onProgress: () => {},
  });
  return findings.find((found) => found.violation === violation);
}

function* candidates(path: CrashPath): Generator<CrashPath> {
  const { steps } = path;
  if (path.fault !== undefined) yield { ...path, fault: undefined };
  const half = Math.floor(steps.length / 2);
  if (half > 0) {
    yield { ...path, steps: steps.slice(0, half) };
    yield { ...path, steps: steps.slice(half) };
  }
  for (let i = steps.length - 1; i >= 0; i--) yield { ...path, steps: steps.toSpliced(i, 1) };
  if (path.crashes.length > 1) yield { ...path, crashes: path.crashes.slice(0, -1) };
  for (const [i, step] of steps.entries()) {
    const smaller = halved(step);
    if (smaller !== undefined) yield { ...path, steps: steps.with(i, smaller) };
  }
}

function halved(step: ScriptStep): ScriptStep | undefined {
  if (!("bytes" in step) || step.bytes < 8) return undefined;
  return { ...step, bytes: Math.floor(step.bytes / 2) };
}
