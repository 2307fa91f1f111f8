/**
 * Appends that arrive while a group is being written: the next group is built before that write is over,
 * and written whatever comes between. No crash and no failing write may make more of it than was promised.
 */
import { expect, test } from "vitest";
import { exploreScenario, parseScenario } from "../../src/scenarios/index.ts";

/** Each write is under way (`i0`, where operations take time) when more than a frame's bytes arrive. */
const scripts = [
  "s400 i0 s500 s700 s1100 i0 s2500 t3x400 v i1 s700 s500 i0 k i1 s400 s1100 w v r a64",
  "s64 i0 t4x200 i0 g s700 i0 s512 x100 i0 s512 s512 i0 f s450 i0 n600 n600 c u r s100 i0 s700 s700 w",
  "l s7000 i1 s500 s600 i1 s7000 i1 s500 s700 i1 s500 s700 v i1 s7000 o i1 s900 s900 i1 s500 s700 i40 s64",
];

const scenarios = [
  "synchronous+slow+tiny",
  "synchronous+slow+tiny+wide+through+reserve+recycle",
  "synchronous+slow+tiny+wide+cipher+through",
  "group-commit+slow+tiny+keep2+unsafe",
  "async+slow+tiny+wide+narrow+through",
  "async-batched+slow+tiny+limit+blocking",
];

/** In earnest where changes are checked, see `explore.ts`. */
const inEarnest = process.env["STRIA_SIM_CYCLES"] !== undefined;
const most = inEarnest ? { points: 40, faults: 6 } : { points: 12, faults: 2 };
const effort = { ...most, images: 2, nested: 1, depth: 2, shrink: false };

test.each(scenarios)("%s: no crash breaks a promise", { timeout: 60_000 }, async (text) => {
  for (const script of scripts) {
    const result = await exploreScenario(parseScenario(text), 1, { ...effort, script });
    expect(result.finding).toBeUndefined();
    expect(result.cycles).toBeGreaterThan(inEarnest ? 50 : 10);
  }
});
