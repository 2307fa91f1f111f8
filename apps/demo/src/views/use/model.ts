/** The board on this page: the state the log has, the ink it does not have yet, and the moment that is looked at. */
import { computed, signal } from "@preact/signals";
import { apply, emptyBoard, visible } from "./board.ts";
import type { BoardEvent, BoardState, Stroke } from "./board.ts";
import { Journal } from "./journal.ts";
import type { BoardAt, Happened, Restored } from "./journal.ts";

/** Points are sent so often while a line is drawn. */
const sendMs = 40;

export const board = signal<BoardAt>({ lsn: 0, state: emptyBoard });
export const restored = signal<Restored | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);
export const color = signal(0);
/** Milliseconds the last event took to become durable. */
export const lastSave = signal<number | undefined>(undefined);
export const waiting = signal(0);
export const reach = signal({ first: 1, segments: 0, snapshot: 0 });
/** The moment that is looked at; `undefined` = now. */
export const moment = signal<number | undefined>(undefined);
const past = signal<readonly Happened[]>([]);

const snapshots = computed(() =>
  past.value.flatMap(({ event }) => (event.type === "snapshot" ? [event] : [])),
);
/** The first moment that is known: the beginning, or, where that was let go, the oldest snapshot all that follows is there for. */
export const earliest = computed(() =>
  reach.value.first === 1
    ? 0
    : (snapshots.value.find(({ at }) => at >= reach.value.first - 1)?.at ?? reach.value.snapshot),
);

/** The line being drawn, and how many of its numbers the log has by now. */
export const wet = signal<(Stroke & { readonly dried: number }) | undefined>(undefined);

export const canUndo = computed(() => board.value.state.done > 0);
export const canRedo = computed(() => board.value.state.done < board.value.state.deeds.length);

/** What is to be seen. */
export const shown = computed<readonly Stroke[]>(() =>
  visible(moment.value === undefined ? board.value.state : stateAt(moment.value)),
);

/** When the moment that is looked at was. */
export const momentTime = computed(() => {
  const lsn = moment.value;
  return lsn === undefined ? undefined : past.value.findLast((one) => one.lsn <= lsn)?.timestamp;
});

let journal: Journal | undefined;
let opening: Promise<void> | undefined;
let stroke: { id: string; color: number; unsent: number[]; begun: boolean } | undefined;
let sending: ReturnType<typeof setTimeout> | undefined;
let playing: ReturnType<typeof setTimeout> | undefined;

/** Opens the board once; it stays open while the page lives. */
export function open(): void {
  opening ??= begin();
}

async function begin(): Promise<void> {
  try {
    journal = await Journal.open();
    board.value = journal.now;
    restored.value = journal.restored;
    look();
    await journal.follow((happened, now) => {
      board.value = now;
      if (happened.event.by === journal?.me) dry(happened.event);
      look();
    });
  } catch (error) {
    problem.value = (error as Error).message;
  }
}

/** Puts the pen down. */
export function penDown(x: number, y: number): void {
  if (journal === undefined || moment.value !== undefined) return;
  const id = `${journal.me}-${Date.now().toString(36)}`;
  stroke = { id, color: color.value, unsent: [x, y], begun: false };
  wet.value = { id, color: color.value, points: [x, y], dried: 0 };
  send();
}

/** Moves it. */
export function penMove(x: number, y: number): void {
  if (stroke === undefined || wet.value === undefined) return;
  stroke.unsent.push(x, y);
  wet.value = { ...wet.value, points: [...wet.value.points, x, y] };
  sending ??= setTimeout(send, sendMs);
}

/** Lifts it. */
export function penUp(): void {
  send();
  stroke = undefined;
}

export const undo = (): void => deed({ type: "undo" });
export const redo = (): void => deed({ type: "redo" });
export const wipe = (): void => deed({ type: "wipe", stroke: crypto.randomUUID().slice(0, 8) });

/** Looks at the board as it was after the record `lsn`. */
export async function travel(lsn: number): Promise<void> {
  clearTimeout(playing);
  await remember();
  moment.value = lsn >= board.value.lsn ? undefined : lsn;
}

/** Back to the present. */
export function present(): void {
  clearTimeout(playing);
  moment.value = undefined;
}

/** Shows how it came to be, in a few seconds. */
export async function play(): Promise<void> {
  clearTimeout(playing);
  await remember();
  const first = earliest.value;
  const last = board.value.lsn;
  const step = Math.max(1, Math.ceil((last - first) / 160));
  const on = (lsn: number): void => {
    moment.value = lsn >= last ? undefined : lsn;
    if (lsn < last) playing = setTimeout(() => on(lsn + step), 25);
  };
  on(first);
}

/** Lets the log forget how the picture came to be. */
export async function forget(): Promise<void> {
  try {
    present();
    await journal?.forget();
    past.value = [];
    look();
  } catch (error) {
    problem.value = (error as Error).message;
  }
}

async function remember(): Promise<void> {
  const known = past.value.at(-1)?.lsn ?? 0;
  if (journal !== undefined && known < board.value.lsn) past.value = await journal.history();
}

/** Folds what happened up to `lsn`, from the last state that was written down before it. */
function stateAt(lsn: number): BoardState {
  const saved = snapshots.value.findLast(({ at }) => at <= lsn);
  const start = saved ?? { at: 0, state: emptyBoard };
  return past.value
    .filter((one) => start.at < one.lsn && one.lsn <= lsn)
    .reduce((state, { event }) => apply(state, event), start.state);
}

function deed(event: { type: "undo" | "redo" } | { type: "wipe"; stroke: string }): void {
  if (journal === undefined || moment.value !== undefined) return;
  void save({ ...event, by: journal.me });
}

function send(): void {
  clearTimeout(sending);
  sending = undefined;
  if (journal === undefined || stroke === undefined || stroke.unsent.length === 0) return;
  const { id, color: ink, unsent: points, begun } = stroke;
  stroke.unsent = [];
  stroke.begun = true;
  const by = journal.me;
  void save(
    begun
      ? { type: "draw", by, stroke: id, points }
      : { type: "begin", by, stroke: id, color: ink, points },
  );
}

async function save(event: BoardEvent): Promise<void> {
  const started = performance.now();
  waiting.value += 1;
  try {
    await journal?.append(event);
    lastSave.value = performance.now() - started;
  } catch (error) {
    problem.value = (error as Error).message;
  } finally {
    waiting.value -= 1;
  }
}

/** The log has this part of the line: it is not wet any more. */
function dry(event: BoardEvent): void {
  const line = wet.value;
  if (line === undefined || !("points" in event) || event.stroke !== line.id) return;
  const dried = line.dried + event.points.length;
  const isOver = stroke === undefined && dried >= line.points.length;
  wet.value = isOver ? undefined : { ...line, dried };
}

function look(): void {
  if (journal === undefined) return;
  const { firstLsn: first, segments, lastSnapshot: snapshot } = journal;
  reach.value = { first, segments, snapshot };
}
