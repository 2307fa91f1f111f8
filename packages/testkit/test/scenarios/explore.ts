/**
 * Explores one mode until enough crashes were recovered from. `STRIA_SIM_CYCLES` sets how many over all
 * four modes: a few thousand by default, 24,000 where changes are checked.
 */
import { expect } from "vitest";
import {
  drawScenario,
  exploreScenario,
  formatScenario,
  type Mode,
} from "../../src/scenarios/index.ts";

const cyclesPerMode = Number(process.env["STRIA_SIM_CYCLES"] ?? 2400) / 4;

/** Fewer crashes a seed than `pnpm run sim` tries, so that more scenarios have their turn. */
const effort = { points: 20, images: 2, nested: 1, depth: 3, faults: 2, shrink: false };

/** Patience for machines that do other things besides. */
export const patience: { readonly timeout: number } = { timeout: 30_000 + cyclesPerMode * 40 };

export async function exploreMode(mode: Mode): Promise<void> {
  let cycles = 0;
  let nonces = 0;
  let encrypted = false;
  for (let seed = 1; cycles < cyclesPerMode; seed++) {
    const scenario = drawScenario(mode, seed);
    const result = await exploreScenario(scenario, seed, effort);
    expect(result.finding, `${formatScenario(scenario)}, seed ${seed}`).toBeUndefined();
    cycles += result.cycles;
    nonces += result.nonces;
    encrypted ||= scenario.words.includes("cipher");
  }
  expect(cycles).toBeGreaterThanOrEqual(cyclesPerMode);
  // Each (key, nonce) pair was checked to be new: had none been seen, nothing would have been checked.
  expect(nonces > 0).toBe(encrypted);
}
