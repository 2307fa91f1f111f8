/** Small cases of the protocol of shared stripes: two or three threads, a record or two each. */
import type { Clock } from "../../src/clock.ts";
import type { SharedProducerHandle } from "../../src/append/shared-handle.ts";
import type { SharedStripeMemory } from "../../src/append/shared-stripe.ts";
import { BareProducer } from "./bare-producer.ts";
import type { Case, Program } from "./explorer.ts";
import type * as TheProtocol from "./protocol.ts";
import { peekable, watched } from "./run.ts";
import { SharedWorld, Violation } from "./shared-world.ts";
import { OWN, checkLog } from "./verdict.ts";

/** The modules under test, broken or not. */
export type Protocol = typeof TheProtocol;

/** Words of the test's own: messages between threads. */
const MAIL = 0;
const DEAD = 1;

export interface Plan {
  /** What each producer does, in order. */
  readonly producers: readonly (readonly Act[])[];
  /** The log's own thread appends when it finds the mail. */
  readonly ownAppends?: boolean;
  /** This producer may die at any step; the flusher is told, or not. */
  readonly mortal?: { readonly producer: number; readonly isTold: boolean };
  /** Bytes of a ring, and its entry slots. */
  readonly ring?: { readonly bytes: number; readonly slots: number };
  /** The flusher writes only when it is asked or a ring is half full; a timer never fires. */
  readonly delays?: boolean;
  /** Where the counters start. */
  readonly start?: number;
}

export type Act =
  | { readonly do: "append"; readonly bytes: number }
  | { readonly do: "batch"; readonly bytes: readonly number[] }
  /** Appends without waiting for more than room. */
  | { readonly do: "put"; readonly bytes: number }
  /** Appends as `appendAsync` does, and waits for room where that is refused. */
  | { readonly do: "post"; readonly bytes: number }
  | { readonly do: "send" }
  /** Notes whether the mail had come. */
  | { readonly do: "look" }
  | { readonly do: "leave" };

export const append = (bytes: number): Act => ({ do: "append", bytes });
export const batch = (...bytes: number[]): Act => ({ do: "batch", bytes });
export const put = (bytes: number): Act => ({ do: "put", bytes });
export const post = (bytes: number): Act => ({ do: "post", bytes });
export const send: Act = { do: "send" };
export const look: Act = { do: "look" };
export const leave: Act = { do: "leave" };

const noClock: Clock = { now: () => 0, monotonic: () => 0, timer: () => () => undefined };
/** More turns than any schedule of these cases needs: a flusher that spins. */
const MAX_TURNS = 60;

/** Puts a plan on the memory of a case: thread 0 is the flusher. */
export function makeCase(protocol: Protocol, plan: Plan): Case {
  const { producers, mortal } = plan;
  const world = new SharedWorld(producers.length + 1);
  const mail = new Int32Array(4);
  const words = new Int32Array(80);
  for (const word of [protocol.STAMP, protocol.BELL]) words[word] = plan.start ?? 0;
  world.words.push(mail);
  const control = world.share(words, peekable(words));
  const memories = producers.map(() => stripeMemory(protocol, world, control, plan));
  const quiet = new Set<number>();
  for (const { ring } of memories) {
    for (const word of [protocol.HIGH_WATER, protocol.WAITS]) {
      quiet.add(world.place(ring.cursors, word));
    }
  }
  return {
    world,
    daemon: 0,
    isQuiet: (place) => quiet.has(place),
    programs: [
      flusher(protocol, memories, { mail, ...plan }),
      ...producers.map((acts, i) => producer(protocol, memories[i]!, { acts, mail, id: i + 1 })),
    ],
    ...(mortal !== undefined && {
      mortal: {
        thread: mortal.producer + 1,
        onDeath: (ops) => {
          if (!mortal.isTold) return;
          ops.store(mail, DEAD, 1);
          // The end of a thread is an event of its own: it wakes the flusher's thread.
          ops.add(control, protocol.BELL, 1);
          ops.notify(control, protocol.BELL);
        },
      },
    }),
    check: (saw, dead) => checkLog(plan, saw, dead),
  };
}

function stripeMemory(
  protocol: Protocol,
  world: SharedWorld,
  control: Int32Array,
  plan: Plan,
): SharedStripeMemory {
  const { bytes, slots } = plan.ring ?? { bytes: 64, slots: 4 };
  const words = new Int32Array(protocol.CURSOR_INTS + 32);
  const { NUMBERED, DURABLE, SIGNAL } = protocol;
  for (const word of [0, 16, 17, NUMBERED, DURABLE, SIGNAL]) words[word] = plan.start ?? 0;
  const plain = [
    new Int32Array(slots * 4),
    new Uint8Array(bytes),
    new Float64Array(slots),
  ] as const;
  const first = world.plain.length;
  const cursors = world.share(words, peekable(words));
  world.plain.push(...plain);
  const [entries, data] = [watched(plain[0], first), watched(plain[1], first + 1)];
  return { control, ring: { cursors, entries, data }, lsns: watched(plain[2], first + 2) };
}

/** A record of `bytes` that says who wrote it and which it is. */
function record(id: number, sequence: number, bytes: number): Uint8Array {
  return new Uint8Array(Math.max(2, bytes)).fill(sequence).fill(id, 0, 1);
}

function producer(
  protocol: Protocol,
  memory: SharedStripeMemory,
  { acts, mail, id }: { acts: readonly Act[]; mail: Int32Array; id: number },
): Program {
  return (saw) => {
    let sequence = 0;
    const usesClass = acts.some((act) => act.do === "append");
    const one = usesClass ? attached(protocol, memory) : undefined;
    const bare = new BareProducer(protocol, memory);
    for (const act of acts) {
      switch (act.do) {
        case "append":
          saw(one!.appendSync(record(id, ++sequence, act.bytes)));
          break;
        case "put":
          bare.put([record(id, ++sequence, act.bytes)]);
          break;
        case "post":
          bare.post(record(id, ++sequence, act.bytes));
          break;
        case "batch": {
          bare.put(act.bytes.map((bytes) => record(id, ++sequence, bytes)));
          const last = bare.durable();
          act.bytes.forEach((_, i) => saw(last - act.bytes.length + 1 + i));
          break;
        }
        case "send":
          Atomics.store(mail, MAIL, 1);
          break;
        case "look":
          saw(-Atomics.load(mail, MAIL));
          break;
        case "leave":
          Atomics.store(memory.ring.cursors, protocol.STATE, protocol.DETACHED);
          new protocol.Publisher(memory).wake();
          break;
        default:
          act satisfies never;
      }
    }
  };
}

function attached(
  protocol: Protocol,
  memory: SharedStripeMemory,
): InstanceType<Protocol["SharedProducer"]> {
  const handle: SharedProducerHandle = {
    kind: "stria-shared-producer",
    memory,
    limits: { maxRecordBytes: 1000, maxBatchBytes: 1000 },
    maxAppendBlockMs: 1000,
    waits: true,
    limited: false,
    transfer: [],
  };
  return new protocol.SharedProducer(handle, noClock);
}

/** The flusher's turn as `Flusher` and `ProducerBell` take it, with a storage that is always done. */
function flusher(
  protocol: Protocol,
  memories: readonly SharedStripeMemory[],
  { mail, ownAppends, mortal, delays = false }: Plan & { readonly mail: Int32Array },
): Program {
  return (saw) => {
    const own = new protocol.Stripe(1024);
    const source = new protocol.Sequencer(own, 1);
    const stripes = memories.map((memory) => new protocol.SharedConsumer(memory));
    for (const stripe of stripes) source.attach(stripe);
    const { control } = memories[0]!;
    let hasAppended = ownAppends !== true;
    let isTold = mortal?.isTold !== true;
    let durable = 0;
    for (let turn = 0; ; turn++) {
      if (turn > MAX_TURNS) throw new Violation("the flusher spins");
      if (!isTold && Atomics.load(mail, DEAD) === 1) {
        isTold = true;
        source.collect();
        source.release(stripes[mortal!.producer]!);
      }
      if (!hasAppended && Atomics.load(mail, MAIL) === 1) {
        hasAppended = true;
        source.collect();
        own.push(record(OWN, 1, 2));
        source.numberOwn(1, 6);
      }
      const isDemanded = source.demanded();
      source.collect();
      while (source.nextBytes() !== undefined && (!delays || isDemanded || source.crowded)) {
        const pieces = source.run(40);
        const body = new Uint8Array(pieces.bytes);
        source.drain(pieces, body, 0);
        for (const code of codes(body)) saw(code);
        source.signalRoom();
        durable += pieces.records;
        source.acknowledge(durable);
      }
      if (source.attached === 0) return;
      const bell = source.sleep({ willLook: source.pendingRecords > 0 });
      if (bell === undefined) continue;
      Atomics.wait(control, protocol.BELL, bell);
      source.wake();
    }
  };
}

/** Producer and sequence of each record in a body, as one number; a damaged one is a violation. */
function codes(body: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < body.length;) {
    const length = body[at]!;
    const payload = body.subarray(at + 4, at + 4 + length);
    const sequence = payload[1] ?? 0;
    if (payload.length !== length || payload.subarray(2).some((byte) => byte !== sequence)) {
      throw new Violation("a record's bytes are not what was appended");
    }
    found.push(payload[0]! * 100 + sequence);
    at += 4 + length;
  }
  return found;
}
