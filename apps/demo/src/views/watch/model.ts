/**
 * The running log of this view: opened in its worker, fed by the crew, watched by the series. Changes are made one
 * after the other; a change of mode closes the log and opens it again, because a log keeps the mode it was opened with.
 */
import { signal } from "@preact/signals";
import { Client, toFailure } from "../../worker/client.ts";
import type {
  Failure,
  FramePlace,
  LogNews,
  Opened,
  ProducerSettings,
  Pulse,
} from "../../worker/protocol.ts";
import { Crew } from "./crew.ts";
import { pointMs, Series } from "./series.ts";
import * as set from "./settings.ts";

/** How the view stands. */
export type State = "idle" | "busy" | "running";

export const state = signal<State>("idle");
export const failure = signal<Failure | undefined>(undefined);
export const pulse = signal<Pulse | undefined>(undefined);
export const opened = signal<(Opened & { readonly name: string }) | undefined>(undefined);
/** The last groups that became durable. */
export const groups = signal<readonly FramePlace[]>([]);
/** Lines about what happened, newest first. */
export const happenings = signal<readonly string[]>([]);
export const series = new Series();

/** Gets every frame as it becomes durable; the picture listens. */
export const frameListeners = new Set<(frames: readonly FramePlace[]) => void>();

const shownGroups = 18;
const plainLog = "watch";
const sealedLog = "watch-sealed";
let log: Client | undefined;
let crew: Crew | undefined;
let key: Uint8Array | undefined;
let ticking: ReturnType<typeof setInterval> | undefined;
let checkpointing = false;
let last: Promise<void> = Promise.resolve();

/** Starts the log and its producers. */
export const start = (): Promise<void> => serially(begin);

/** Stops the producers, closes the log. */
export const stop = (): Promise<void> => serially(end);

/** Mode or encryption were changed: a log keeps them while it is open. */
export const reopen = (): Promise<void> =>
  serially(async () => {
    if (log === undefined) return;
    await end();
    await begin();
  });

/** The number of producers was changed. */
export const resize = (): Promise<void> =>
  serially(async () => crew?.resize(set.producers.value, producerSettings()));

/** Rate or size were changed. */
export function retune(): void {
  crew?.set(producerSettings());
}

/** Tells the log that the state up to now is safe elsewhere. */
export const checkpoint = (): Promise<void> => serially(checkpointNow);

async function begin(): Promise<void> {
  const client = new Client("log", (news) => take(news as LogNews));
  log = client;
  const isSealed = set.encrypted.value;
  if (isSealed && key === undefined) {
    key = crypto.getRandomValues(new Uint8Array(32));
    // Its key was forgotten with the page that made it.
    await client.call("destroy", sealedLog);
  }
  const name = isSealed ? sealedLog : plainLog;
  const result = await client.call<Opened>("open", {
    name,
    durability: set.durability(),
    segmentBytes: set.segmentBytes,
    stripeBytes: set.stripeBytes,
    keepSegments: 2,
    slots: { slotBytes: set.segmentBytes + 8192, maxSlots: 48 },
    ...(isSealed ? { keys: [key!] } : {}),
  });
  opened.value = { ...result, name };
  const { ms, recovery } = result;
  say(`opened in ${ms.toFixed(0)} ms with ${recovery.records.toLocaleString("en-US")} records`);
  series.reopened();
  crew = new Crew(
    client,
    (news) => series.produced(news),
    (reason) => fail(reason),
  );
  await crew.resize(set.producers.value, producerSettings());
  clearInterval(ticking);
  ticking = setInterval(() => series.tick(), pointMs);
  state.value = "running";
}

async function end(): Promise<void> {
  const [client, members] = [log, crew];
  log = undefined;
  crew = undefined;
  clearInterval(ticking);
  await members?.dismiss();
  await client?.call("close");
  client?.kill();
  say("closed: everything is written, synced and sealed");
  state.value = "idle";
}

async function checkpointNow(): Promise<void> {
  const durable = pulse.value?.marks.durable ?? 0;
  if (log === undefined || durable === 0) return;
  await log.call("checkpoint", durable);
}

function producerSettings(): ProducerSettings {
  return {
    rate: set.rate.value,
    recordBytes: set.recordBytes.value,
    buffered: set.isBuffered(),
  };
}

function take(news: LogNews): void {
  switch (news.kind) {
    case "pulse":
      pulse.value = news;
      series.pulse(news);
      groups.value = [...groups.value, ...news.frames].slice(-shownGroups);
      for (const listener of frameListeners) listener(news.frames);
      if (news.stats.segments > set.keptSegments) void keepSmall();
      return;
    case "event":
      if (news.event !== "backpressure") say(news.text);
      return;
    case "held":
      return;
  }
}

/** An application would have saved its state by now; this one has none, so its records may go. */
async function keepSmall(): Promise<void> {
  if (checkpointing) return;
  checkpointing = true;
  try {
    await checkpointNow();
  } catch (error) {
    // Closing has overtaken it; the next opening will do it.
    if (log !== undefined) fail(toFailure(error));
  } finally {
    checkpointing = false;
  }
}

function fail(reason: Failure): void {
  if (log === undefined) return;
  failure.value = reason;
}

function say(line: string): void {
  happenings.value = [line, ...happenings.value].slice(0, 8);
}

/** One change after the other; what fails is shown, and the log is let go. */
function serially(change: () => Promise<void> | undefined): Promise<void> {
  last = after(last, change);
  return last;
}

async function after(
  before: Promise<void>,
  change: () => Promise<void> | undefined,
): Promise<void> {
  await before;
  failure.value = undefined;
  const stateBefore = state.value;
  state.value = "busy";
  try {
    await change();
    if (state.value === "busy") state.value = stateBefore;
  } catch (error) {
    log?.kill();
    crew?.abandon();
    log = undefined;
    crew = undefined;
    clearInterval(ticking);
    failure.value = toFailure(error);
    state.value = "idle";
  }
}
