/**
 * Runs the threads of a small case in all interleavings of their Atomics. The code under test is the
 * real one, written for real threads: `Atomics` is replaced while a thread runs. A thread is brought
 * to its next step by running it again from its start with the results its steps had before, so
 * nothing needs to be able to pause. States that were seen before are not entered again.
 */
import { type AtomicsOps, Run, type Thread, perform } from "./run.ts";
import { Hash, type SharedWorld, Violation } from "./shared-world.ts";

/** A thread: real code, deterministic but for what it reads from shared memory; `saw` keeps what is checked at the end. */
export type Program = (saw: (value: number) => void) => void;

export interface Case {
  readonly world: SharedWorld;
  readonly programs: readonly Program[];
  /** Threads that may die at any step, and what the others learn of it. */
  readonly mortal?: { readonly thread: number; readonly onDeath: (ops: AtomicsOps) => void };
  /** Sleeps for ever when everybody else is done. */
  readonly daemon: number;
  /** Words no other thread reads: not worth a step. */
  readonly isQuiet: (place: number) => boolean;
  /** Called with what each thread saw, when nothing can happen any more. */
  readonly check: (saw: readonly (readonly number[])[], dead: number | undefined) => void;
}

export interface Limits {
  /** Most switches away from a thread that could go on; `Infinity` = every interleaving there is. */
  readonly preemptions: number;
  /** Watch plain accesses for races, too. Costs many more states. */
  readonly races: boolean;
  readonly states: number;
}

export class Exploration {
  states = 0;
  ends = 0;
  readonly #case: Case;
  readonly #limits: Limits;
  readonly #seen = new Map<string, number>();
  readonly #threads: Thread[];
  readonly #schedule: string[] = [];
  #dead: number | undefined;

  constructor(one: Case, limits: Limits) {
    this.#case = one;
    this.#limits = limits;
    one.world.watchesRaces = limits.races;
    this.#threads = one.programs.map(() => ({
      history: [],
      asleepAt: -1,
      woken: false,
      done: false,
      saw: [],
    }));
  }

  /** Visits everything; throws the first violation with its schedule. */
  run(): this {
    try {
      for (const thread of this.#threads.keys()) this.#step(thread, false);
      this.#visit(-1, 0);
    } catch (error) {
      if (error instanceof Violation) error.message += ` (schedule ${compress(this.#schedule)})`;
      throw error;
    }
    return this;
  }

  #visit(last: number, preemptions: number): void {
    if (!this.#isNew(last, preemptions)) return;
    if (++this.states > this.#limits.states) throw new Error("more states than allowed");
    const able = [...this.#threads.keys()].filter((thread) => this.#isAble(thread));
    if (able.length === 0) {
      this.#end();
      return;
    }
    const { mortal } = this.#case;
    const couldGoOn = able.includes(last);
    for (const thread of able) {
      const spent = preemptions + (couldGoOn && thread !== last ? 1 : 0);
      if (spent > this.#limits.preemptions) continue;
      this.#branch(String(thread), () => {
        this.#step(thread, true);
        this.#visit(thread, spent);
      });
    }
    if (mortal === undefined || this.#dead !== undefined || this.#threads[mortal.thread]!.done)
      return;
    this.#branch("†", () => {
      this.#dead = mortal.thread;
      const dying = new Run(this.#case, this.#threads, mortal.thread, []);
      dying.budget = Infinity;
      mortal.onDeath(dying.ops);
      this.#visit(-1, preemptions);
      this.#dead = undefined;
    });
  }

  #branch(name: string, enter: () => void): void {
    const restore = this.#case.world.save();
    const threads = this.#threads.map((thread) => ({ ...thread, history: thread.history.length }));
    this.#schedule.push(name);
    enter();
    this.#schedule.pop();
    restore();
    threads.forEach((before, i) => {
      const { history } = this.#threads[i]!;
      history.length = before.history;
      Object.assign(this.#threads[i]!, before, { history });
    });
  }

  #isAble(thread: number): boolean {
    const { done, asleepAt } = this.#threads[thread]!;
    return !done && asleepAt < 0 && this.#dead !== thread;
  }

  /** Performs the step the thread stands at, and brings it to its next one. */
  #step(thread: number, goesOn: boolean): void {
    const self = this.#threads[thread]!;
    const run = new Run(this.#case, this.#threads, thread, self.history);
    run.budget = goesOn ? 1 : 0;
    self.saw = [];
    const program = this.#case.programs[thread]!;
    const isOver = perform(run, () => program((value) => self.saw.push(value)));
    if (isOver) self.done = true;
  }

  #isNew(last: number, preemptions: number): boolean {
    const hash = new Hash();
    this.#case.world.hash(hash);
    for (const { history, asleepAt, woken, done } of this.#threads) {
      hash.add(asleepAt + (woken ? 0.5e6 : 0) + (done ? 1e6 : 0));
      hash.add(history.length);
      for (const value of history) addValue(hash, value);
    }
    hash.add(this.#dead ?? -1);
    if (this.#limits.preemptions !== Infinity) hash.add(last);
    const before = this.#seen.get(hash.key);
    if (before !== undefined && (before <= preemptions || this.#limits.preemptions === Infinity)) {
      return false;
    }
    this.#seen.set(hash.key, preemptions);
    return true;
  }

  #end(): void {
    this.ends++;
    const { daemon, check } = this.#case;
    this.#threads.forEach(({ done }, thread) => {
      if (!done && thread !== daemon && thread !== this.#dead) {
        throw new Violation(`thread ${thread} sleeps for ever`);
      }
    });
    // Others may have run since in other schedules: what they saw in this one is found by running them again.
    for (const thread of this.#threads.keys()) this.#step(thread, false);
    check(
      this.#threads.map(({ saw }) => saw),
      this.#dead,
    );
  }
}

function addValue(hash: Hash, value: unknown): void {
  if (typeof value === "number") hash.add(value);
  else if (value instanceof Uint8Array) for (const byte of value) hash.add(byte);
  else hash.add(value === "ok" ? 1 : value === "asleep" ? 2 : 3);
}

/** `0 0 0 1 1` as `0×3 1×2`. */
function compress(schedule: readonly string[]): string {
  const runs: [string, number][] = [];
  for (const name of schedule) {
    const last = runs.at(-1);
    if (last?.[0] === name) last[1]++;
    else runs.push([name, 1]);
  }
  return runs.map(([name, count]) => (count === 1 ? name : `${name}×${count}`)).join(" ");
}
