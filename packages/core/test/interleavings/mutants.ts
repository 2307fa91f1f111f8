/**
 * Ways to break the protocol, each a change of its source: the explorer must catch every one. The
 * plugin serves a changed copy of the modules to whoever imports them with `?mutant=<number>`.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** A change: text of a file under `src/append/`, and what stands there instead. */
type Change = readonly [from: string, to: string];

export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly changes: readonly Change[];
  /** Name of the case that catches it. */
  readonly caughtBy: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: "publish before the copy",
    file: "ring-buffer.ts",
    changes: [
      ["      data.set(bytes, start);\n", "      this.late = () => data.set(bytes, start);\n"],
      [
        "    Atomics.store(cursors, TAIL_ENTRIES, this.#entries);\n",
        "    Atomics.store(cursors, TAIL_ENTRIES, this.#entries);\n    this.late?.();\n",
      ],
    ],
    caughtBy: "one record",
  },
  {
    name: "stamp after publish",
    file: "ring-buffer.ts",
    changes: [
      ["    entries[slot + 2] = stamp;\n", ""],
      [
        "    Atomics.store(cursors, TAIL_ENTRIES, this.#entries);\n",
        "    Atomics.store(cursors, TAIL_ENTRIES, this.#entries);\n    entries[slot + 2] = stamp;\n",
      ],
    ],
    caughtBy: "one record",
  },
  {
    name: "SIGNAL before the cursors",
    file: "shared-consumer.ts",
    changes: [
      [
        "    Atomics.store(this.#cursors, DURABLE, this.#durable);\n    this.signal();\n",
        "    this.signal();\n    Atomics.store(this.#cursors, DURABLE, this.#durable);\n",
      ],
    ],
    caughtBy: "one record",
  },
  {
    name: "WAITING and SIGNAL after the look",
    file: "producer-sleep.ts",
    changes: [
      [
        "  Atomics.store(cursors, WAITING, forRoom ? FOR_ROOM : FOR_ANSWERS);\n  return Atomics.load(cursors, SIGNAL);",
        "  return 0;",
      ],
      [
        "  Atomics.wait(cursors, SIGNAL, signal, timeoutMs);",
        "  Atomics.store(cursors, WAITING, FOR_ROOM);\n  Atomics.wait(cursors, SIGNAL, Atomics.load(cursors, SIGNAL));",
      ],
    ],
    caughtBy: "one record",
  },
  {
    name: "WAITING cleared by the flusher",
    file: "shared-consumer.ts",
    changes: [
      [
        "Atomics.load(this.#cursors, WAITING) >= least",
        "Atomics.exchange(this.#cursors, WAITING, 0) >= least",
      ],
    ],
    caughtBy: "one record",
  },
  {
    name: "a producer does not say that it waits for room",
    file: "producer-sleep.ts",
    changes: [["forRoom ? FOR_ROOM : FOR_ANSWERS", "FOR_ANSWERS"]],
    caughtBy: "a large record in pieces",
  },
  {
    name: "a flusher that will look is not woken by who waits",
    file: "publisher.ts",
    changes: [
      [
        "    if ((asleep & 1) === 0 || asleep === this.#rung) return;\n",
        "    if ((asleep & 1) === 0 || (asleep & WILL_LOOK) !== 0 || asleep === this.#rung) return;\n",
      ],
    ],
    caughtBy: "a flusher that waits to be asked",
  },
  {
    name: "half full is no reason to wake a flusher that will look",
    file: "publisher.ts",
    changes: [
      ["    if (this.#measure() * 2 >= this.capacity) this.wake();\n", "    this.#measure();\n"],
    ],
    caughtBy: "a flusher that waits for half a ring",
  },
  {
    name: "calm whatever the ring holds",
    file: "publisher.ts",
    changes: [["this.#ring.usedAtMost + bytes <= this.#calm", "bytes <= this.#calm"]],
    caughtBy: "a ring that fills",
  },
  {
    name: "an LSN read from a slot that is used again",
    file: "publisher.ts",
    changes: [["entry > this.#answered ? this.lsnOf(entry) : 0", "this.lsnOf(entry)"]],
    caughtBy: "a slot for one entry",
  },
  {
    name: "what the flusher took is looked at once",
    file: "ring-buffer.ts",
    changes: [
      [
        "    if (this.#fitsAtLeast(bytes)) return true;\n    const { cursors } = this.#memory;\n    this.#head = Atomics.load(cursors, HEAD_BYTES);\n",
        "    const { cursors } = this.#memory;\n",
      ],
    ],
    caughtBy: "a full ring",
  },
  {
    name: "room given back before the copy",
    file: "shared-consumer.ts",
    changes: [
      [
        "    this.ring.copy(run.bytes, into, at);\n",
        "    Atomics.add(this.#cursors, 16, run.bytes);\n    this.ring.copy(run.bytes, into, at);\n",
      ],
    ],
    caughtBy: "a ring that fills",
  },
  {
    name: "where the bytes end, read from an entry that is not published",
    file: "ring-buffer.ts",
    changes: [["(published - 1) & (this.#slots - 1)", "published & (this.#slots - 1)"]],
    caughtBy: "a flusher that waits for half a ring",
  },
  {
    name: "limit read after the stripes",
    file: "sequencer.ts",
    changes: [
      ["    const limit = Atomics.load(this.#control, STAMP);\n", ""],
      [
        "    for (const stripe of this.#shared) stripe.look();\n",
        "    for (const stripe of this.#shared) stripe.look();\n    const limit = Atomics.load(this.#control, STAMP);\n",
      ],
    ],
    caughtBy: "a message between producers",
  },
  {
    name: "no limit at all: one stripe after the other",
    file: "sequencer.ts",
    changes: [["      if (ahead(entry.stamp, limit) >= 0) continue;\n", ""]],
    caughtBy: "a message between producers",
  },
  {
    name: "ASLEEP after the look",
    file: "sequencer.ts",
    changes: [
      ["    Atomics.store(control, ASLEEP, this.#sleeps);\n    const bell", "    const bell"],
      [
        "stripe.hasNews())) return bell;",
        "stripe.hasNews())) {\n      Atomics.store(control, ASLEEP, this.#sleeps);\n      return bell;\n    }",
      ],
    ],
    caughtBy: "one record",
  },
  {
    name: "BELL read after the look",
    file: "sequencer.ts",
    changes: [
      ["    const bell = Atomics.load(control, BELL);\n", ""],
      ["stripe.hasNews())) return bell;", "stripe.hasNews())) return Atomics.load(control, BELL);"],
    ],
    caughtBy: "one record",
  },
  {
    name: "whoever rings clears ASLEEP",
    file: "publisher.ts",
    changes: [
      [
        "    if ((asleep & 1) === 0 || asleep === this.#rung) return;\n",
        "    if ((asleep & 1) === 0 || (Atomics.exchange(control, ASLEEP, 0) & 1) === 0) return;\n",
      ],
    ],
    caughtBy: "a death nobody tells of",
  },
  {
    name: "a piece taken before what stands in front of it",
    file: "shared-consumer.ts",
    changes: [
      ["    return this.#numbered === this.ring.taken && this.#bodies === 0;", "    return true;"],
    ],
    caughtBy: "a large record behind a small one",
  },
  {
    name: "left, looked at before what was published",
    file: "shared-consumer.ts",
    changes: [["    return left && this.ring.published() === this.#numbered;", "    return left;"]],
    caughtBy: "detach",
  },
];

const query = /\?mutant=(\d+)$/u;

/** To be put into the configuration of the test runner. */
export function mutantPlugin(): {
  name: string;
  enforce: "pre";
  resolveId(source: string, importer: string | undefined): string | undefined;
  load(id: string): string | undefined;
} {
  return {
    name: "mutants",
    enforce: "pre",
    resolveId(source, importer) {
      const asked = query.exec(source) ?? query.exec(importer ?? "");
      if (asked === null || importer === undefined || !source.startsWith(".")) return undefined;
      const from = dirname(importer.replace(query, ""));
      return `${resolve(from, source.replace(query, ""))}?mutant=${asked[1]}`;
    },
    load(id) {
      const asked = query.exec(id);
      if (asked === null) return undefined;
      const path = id.replace(query, "");
      const source = readFileSync(path, "utf8");
      const mutant = mutants[Number(asked[1])]!;
      return path.endsWith(`/src/append/${mutant.file}`) ? changed(source, mutant) : source;
    },
  };
}

function changed(source: string, { name, changes }: Mutant): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${name}: not found once: ${from}`);
    return text.replace(from, () => to);
  }, source);
}
