/**
 * The drawing board without a log: events, and the state they fold into. Pure; the same events give the same picture
 * on every tab and after every crash.
 */

/** Width and height of the board in its own units. */
export const boardSize = { width: 1000, height: 600 };

/** A line that was drawn: x, y, x, y, … */
export interface Stroke {
  readonly id: string;
  readonly color: number;
  readonly points: number[];
}

/** What somebody did, in the order of being done; `wipe` clears what is before it. */
type Deed = Stroke | { readonly id: string; readonly wipe: true };

/** Everything the board knows. */
export interface BoardState {
  /** Done and undone. */
  readonly deeds: readonly Deed[];
  /** How many of them count; undoing lowers it. */
  readonly done: number;
}

/** A record of the log. */
export type BoardEvent =
  | {
      readonly type: "begin";
      readonly by: string;
      readonly stroke: string;
      readonly color: number;
      readonly points: number[];
    }
  | {
      readonly type: "draw";
      readonly by: string;
      readonly stroke: string;
      readonly points: number[];
    }
  | { readonly type: "wipe"; readonly by: string; readonly stroke: string }
  | { readonly type: "undo" | "redo"; readonly by: string }
  /** The state after the record `at`: replay can start here. Changes nothing. */
  | {
      readonly type: "snapshot";
      readonly by: string;
      readonly at: number;
      readonly state: BoardState;
    };

/** Nothing drawn. */
export const emptyBoard: BoardState = { deeds: [], done: 0 };

/** The state after `event`. */
export function apply(state: BoardState, event: BoardEvent): BoardState {
  switch (event.type) {
    case "begin": {
      const { stroke: id, color, points } = event;
      return add(state, { id, color, points: [...points] });
    }
    case "draw":
      return extend(state, event.stroke, event.points);
    case "wipe":
      return add(state, { id: event.stroke, wipe: true });
    case "undo":
      return { ...state, done: Math.max(0, state.done - 1) };
    case "redo":
      return { ...state, done: Math.min(state.deeds.length, state.done + 1) };
    case "snapshot":
      return state;
    default:
      return event satisfies never;
  }
}

/** The lines that can be seen. */
export function visible({ deeds, done }: BoardState): readonly Stroke[] {
  const counting = deeds.slice(0, done);
  const wiped = counting.findLastIndex((deed) => "wipe" in deed);
  return counting.slice(wiped + 1).filter((deed) => "points" in deed);
}

/** A new deed takes the place of everything that was undone. */
function add({ deeds, done }: BoardState, deed: Deed): BoardState {
  return { deeds: [...deeds.slice(0, done), deed], done: done + 1 };
}

function extend(state: BoardState, id: string, points: readonly number[]): BoardState {
  const at = state.deeds.findLastIndex((deed) => deed.id === id);
  const deed = state.deeds[at];
  if (deed === undefined || !("points" in deed)) return state;
  const deeds = [...state.deeds];
  deeds[at] = { ...deed, points: [...deed.points, ...points] };
  return { ...state, deeds };
}

export function encode(event: BoardEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(event));
}

export function decode(payload: Uint8Array): BoardEvent {
  return JSON.parse(new TextDecoder().decode(payload)) as BoardEvent;
}
