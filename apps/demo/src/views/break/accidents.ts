/** The six accidents: what each one does to the log, step by step. Opening again is the same for all. */
import { count, plural, segmentNumber } from "../../shell/format.ts";
import { toFailure } from "../../worker/client.ts";
import type { Failure } from "../../worker/protocol.ts";
import { Bench, recordFrames } from "./bench.ts";
import { askSecondTab } from "./second-tab.ts";
import type { Scar } from "./story.ts";

/** What an accident needs while it happens. */
export interface Stage {
  readonly bench: Bench;
  readonly say: (step: string) => void;
}

/** What it leaves. */
export interface Aftermath {
  readonly scar?: Scar;
  readonly refusal?: Failure;
}

/** One way to break a log. */
export interface Accident {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  bench(): Bench;
  happen(stage: Stage): Promise<Aftermath>;
}

const KIB = 1024;
/** Small segments, so that a few hundred records fill several. */
const groups = { durability: { mode: "group-commit", maxDelayMs: 4 } } as const;
const plain = {
  name: "break",
  ...groups,
  segmentBytes: 96 * KIB,
  slots: { slotBytes: 128 * KIB, maxSlots: 32 },
};
/** All the room the log that is filled may have. */
export const fullSlots = { slotBytes: 64 * KIB, maxSlots: 6 };
const small = {
  name: "break-full",
  ...groups,
  segmentBytes: 56 * KIB,
  keepSegments: 0,
  slots: fullSlots,
};
const makeKey = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));

async function killed({ bench, say }: Stage): Promise<void> {
  await bench.fresh();
  await bench.write(240);
  say(
    `${count(bench.ledger.promised)} records acknowledged: each one synced before its append resolved`,
  );
  await bench.killInMidGroup();
  say(
    `worker terminated between a group’s write and its sync; ${plural(bench.ledger.unanswered, "append")} never got an answer`,
  );
}

async function cut({ bench, say }: Stage): Promise<Aftermath> {
  await killed({ bench, say });
  const last = recordFrames(await bench.picture()).at(-1);
  if (last === undefined) throw new Error("there is no frame to cut");
  const half = Math.ceil(last.frame.bytes / 1024) * 512;
  const offset = last.frame.offset + last.frame.bytes - half;
  const { file } = await bench.wound({ segment: last.segment, offset, zeroBytes: half });
  say(
    `the last ${count(half)} bytes of the last frame zeroed in ${file}, as if they had never reached the disk`,
  );
  return { scar: { segment: last.segment, offset, bytes: half } };
}

async function flip({ bench, say }: Stage): Promise<Aftermath> {
  await bench.fresh();
  await bench.write(480);
  await bench.close();
  say(`${count(bench.ledger.promised)} records acknowledged, the log closed cleanly`);
  const frames = recordFrames(await bench.picture());
  const hit = frames[Math.floor(frames.length / 2)];
  if (hit === undefined) throw new Error("there is no frame to hurt");
  const offset = hit.frame.offset + 48 + 40;
  const { file, before, after } = await bench.wound({ segment: hit.segment, offset });
  say(
    `one bit flipped in ${file}: segment ${segmentNumber(hit.segment)}, offset ${count(offset)}, ${hex(before)} became ${hex(after)}. It belongs to LSN ${hit.frame.firstLsn}–${hit.frame.lastLsn}`,
  );
  return { scar: { segment: hit.segment, offset: hit.frame.offset, bytes: hit.frame.bytes } };
}

async function wrongKey({ bench, say }: Stage): Promise<Aftermath> {
  await bench.fresh();
  await bench.write(200);
  await bench.close();
  say(
    `${count(bench.ledger.promised)} records acknowledged, sealed with ChaCha20-Poly1305, and closed`,
  );
  try {
    await bench.open({ keys: [makeKey()] });
  } catch (error) {
    say("opened with 32 other random bytes as the key");
    return { refusal: toFailure(error) };
  }
  throw new Error("a wrong key was accepted");
}

async function fill({ bench, say }: Stage): Promise<Aftermath> {
  await bench.fresh();
  const refusal = await bench.writeUntilRefused();
  say(
    `appended until there was no room: this log may have six files of 64 KiB. ${count(bench.ledger.promised)} records had been acknowledged`,
  );
  await bench.close().catch((error: unknown) => {
    // A log that could not write says so once more when it is let go; the refusal above is the one to show.
    say(`closed: ${toFailure(error).code ?? toFailure(error).message}`);
  });
  return { refusal };
}

async function second({ bench, say }: Stage): Promise<Aftermath> {
  await bench.fresh();
  await bench.write(100);
  say(`${count(bench.ledger.promised)} records acknowledged; this tab has the log open`);
  const refusal = await askSecondTab(bench.request.name);
  say("a second tab was opened, and tried to open the same log");
  return { refusal };
}

/** All of them. */
export const accidents: readonly Accident[] = [
  {
    id: "kill",
    title: "Kill the worker in mid-group",
    text: "While callers append, terminate the worker between a write and its sync.",
    bench: () => new Bench(plain),
    async happen(stage) {
      await killed(stage);
      return {};
    },
  },
  {
    id: "cut",
    title: "Cut the last bytes",
    text: "The same death, and then the last frame has reached the disk only in part.",
    bench: () => new Bench(plain),
    happen: cut,
  },
  {
    id: "flip",
    title: "Flip a bit in an old frame",
    text: "A disk rots: one bit of a record that was acknowledged long ago.",
    bench: () => new Bench(plain),
    happen: flip,
  },
  {
    id: "key",
    title: "Open with a wrong key",
    text: "An encrypted log, opened with a key that is not its own.",
    bench: () => new Bench({ ...plain, name: "break-sealed", keys: [makeKey()] }),
    happen: wrongKey,
  },
  {
    id: "fill",
    title: "Fill it up",
    text: "Append until the room for this log is used up.",
    bench: () => new Bench(small),
    happen: fill,
  },
  {
    id: "tab",
    title: "Open a second tab",
    text: "Two writers on one log would ruin it. Let another tab try.",
    bench: () => new Bench(plain),
    happen: second,
  },
];

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
