/**
 * The protocol of shared stripes in all interleavings of small cases, and the proof that the explorer
 * would see it broken. A case is explored up to a number of preemptions; STRIA_PREEMPTIONS adds to it.
 */
import { describe, expect, test } from "vitest";
import {
  type Plan,
  type Protocol,
  append,
  batch,
  leave,
  look,
  makeCase,
  post,
  put,
  send,
} from "./cases.ts";
import { Exploration } from "./explorer.ts";
import { mutants } from "./mutants.ts";
import * as protocol from "./protocol.ts";
import { Violation } from "./shared-world.ts";

const more = Number(process.env["STRIA_PREEMPTIONS"] ?? 0);
const timeout = 300_000 * (1 + more * 20);
const edge = -3;

interface Explored extends Plan {
  readonly preemptions: number;
  readonly races?: boolean;
}

const plans: Readonly<Record<string, Explored>> = {
  "one record": { producers: [[append(4)]], preemptions: 2 },
  "ring wrap, counters across 2^32": {
    producers: [[append(10), append(10)]],
    ring: { bytes: 16, slots: 2 },
    start: edge,
    preemptions: 1,
  },
  "a slot for one entry": {
    producers: [[append(2), append(2)]],
    ring: { bytes: 16, slots: 1 },
    preemptions: 1,
  },
  "a full ring": {
    producers: [[put(8), put(8), batch(2)]],
    ring: { bytes: 16, slots: 2 },
    preemptions: 1,
  },
  "two producers": { producers: [[append(2)], [append(2)]], preemptions: 1, races: false },
  "a message between producers": {
    producers: [
      [put(2), send],
      [look, batch(2)],
    ],
    preemptions: 1,
    races: false,
  },
  "a message to the log's own thread": {
    producers: [[put(2), send]],
    ownAppends: true,
    preemptions: 2,
  },
  "a batch": { producers: [[batch(2, 3)], [put(2)]], preemptions: 1, races: false },
  "a large record in pieces": {
    producers: [[append(30)]],
    ring: { bytes: 16, slots: 4 },
    preemptions: 1,
  },
  "a large record behind a small one": {
    producers: [[put(2), batch(20)]],
    ring: { bytes: 16, slots: 4 },
    preemptions: 1,
  },
  "a flusher that waits to be asked": {
    producers: [[post(2), batch(2)]],
    delays: true,
    preemptions: 2,
  },
  "a flusher that waits for half a ring": {
    producers: [[post(2), post(4)]],
    ring: { bytes: 16, slots: 4 },
    delays: true,
    preemptions: 2,
  },
  "a ring that fills": {
    producers: [[post(8), post(2), post(2), post(8)]],
    ring: { bytes: 32, slots: 8 },
    preemptions: 2,
  },
  detach: { producers: [[put(2), leave]], preemptions: 2 },
  "a death that is told": {
    producers: [[put(14)], [put(2)]],
    ring: { bytes: 16, slots: 4 },
    mortal: { producer: 0, isTold: true },
    preemptions: 1,
    races: false,
  },
  "a death nobody tells of": {
    producers: [[put(2)], [batch(2)]],
    mortal: { producer: 0, isTold: false },
    preemptions: 1,
    races: false,
  },
};

function explore(name: string, using: Protocol): Exploration {
  const plan = plans[name]!;
  const { preemptions, races = true } = plan;
  const limits = { preemptions: preemptions + more, races, states: 200_000_000 };
  return new Exploration(makeCase(using, plan), limits).run();
}

describe("shared stripes, in all interleavings", () => {
  test.each(Object.keys(plans))(
    "%s",
    (name) => {
      // More than one way to end: the threads did interleave.
      expect(explore(name, protocol).ends).toBeGreaterThan(10);
    },
    timeout,
  );
});

describe("a broken protocol is caught", () => {
  test.each(mutants.map(({ name, caughtBy }, number) => ({ name, caughtBy, number })))(
    "$name",
    async ({ number, caughtBy }) => {
      const broken = (await import(
        /* @vite-ignore */ `./protocol.ts?mutant=${number}`
      )) as Protocol;
      expect(broken.Sequencer).not.toBe(protocol.Sequencer);
      expect(() => explore(caughtBy, broken)).toThrow(Violation);
    },
    timeout,
  );
});
