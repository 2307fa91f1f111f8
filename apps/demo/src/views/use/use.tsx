/** "Use it": a drawing board on a log, with undo without end, time travel, and nothing to save. */
import "./use.css";
import { useEffect } from "preact/hooks";
import { count, duration, plural } from "../../shell/format.ts";
import { Button, Figure, Lead } from "../../shell/parts.tsx";
import { inks, Sheet } from "./canvas.tsx";
import * as model from "./model.ts";

/** The view. */
export default function Use() {
  useEffect(() => {
    model.open();
    const onKey = (event: KeyboardEvent): void => {
      const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
      if (!isUndo) return;
      event.preventDefault();
      if (event.shiftKey) model.redo();
      else model.undo();
    };
    globalThis.addEventListener("keydown", onKey);
    return () => globalThis.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Lead title="Draw, and close the tab in the middle of a line">
        Every stroke is a record of the log, a few points at a time. Pale ink is on its way; solid
        ink is on the disk. There is no save button, undo has no end, and a second tab draws along.
      </Lead>
      {model.problem.value !== undefined && <p class="notice bad">{model.problem.value}</p>}
      <Tools />
      <Sheet />
      <Time />
      <Facts />
    </>
  );
}

function Tools() {
  const isNow = model.moment.value === undefined && model.restored.value !== undefined;
  return (
    <div class="tools" role="toolbar" aria-label="Tools">
      <fieldset class="inks">
        <legend class="unseen">Ink</legend>
        {inks.map(({ name, color }, at) => (
          <label key={name} style={{ "--ink-color": `var(${color})` }}>
            <input
              type="radio"
              name="ink"
              aria-label={name}
              checked={model.color.value === at}
              onChange={() => {
                model.color.value = at;
              }}
            />
          </label>
        ))}
      </fieldset>
      <div class="actions">
        <Button disabled={!isNow || !model.canUndo.value} onClick={model.undo}>
          Undo
        </Button>
        <Button disabled={!isNow || !model.canRedo.value} onClick={model.redo}>
          Redo
        </Button>
        <Button disabled={!isNow || !model.canUndo.value} onClick={model.wipe}>
          Wipe
        </Button>
      </div>
      <p class="saved" role="status">
        {model.waiting.value > 0
          ? "saving …"
          : model.lastSave.value === undefined
            ? "nothing to save"
            : `on the disk after ${duration(model.lastSave.value)}`}
      </p>
    </div>
  );
}

function Time() {
  const first = model.earliest.value;
  const last = model.board.value.lsn;
  const at = model.moment.value ?? last;
  const time = model.momentTime.value;
  return (
    <div class="time">
      <Button disabled={last === 0} onClick={() => void model.play()}>
        Play
      </Button>
      <label>
        <span class="unseen">Moment</span>
        <input
          type="range"
          min={first}
          max={Math.max(last, first + 1)}
          value={at}
          disabled={last === 0}
          onInput={(event) => void model.travel(Number(event.currentTarget.value))}
        />
      </label>
      <Button disabled={model.moment.value === undefined} onClick={model.present}>
        Now
      </Button>
      <output>
        {model.moment.value === undefined
          ? `now, LSN ${count(last)}`
          : `LSN ${count(at)}${time === undefined ? "" : `, ${new Date(time).toLocaleTimeString()}`}`}
      </output>
    </div>
  );
}

function Facts() {
  const restored = model.restored.value;
  const { first, segments } = model.reach.value;
  return (
    <section class="card facts" aria-label="How it came back">
      <p data-testid="restored">
        {restored === undefined
          ? "Opening the log …"
          : restored.snapshot === 0 && restored.replayed === 0
            ? `Opened in ${duration(restored.ms)}: a new board.`
            : restored.snapshot === 0
              ? `Opened in ${duration(restored.ms)}: ${plural(restored.replayed, "event")} replayed from the beginning.`
              : `Opened in ${duration(restored.ms)}: the snapshot of LSN ${count(restored.snapshot)}, and ${plural(restored.replayed, "event")} after it.`}
      </p>
      <dl class="figures">
        <Figure name="records" value={count(Math.max(0, model.board.value.lsn - first + 1))} />
        <Figure name="oldest that can be read" value={`LSN ${count(first)}`} />
        <Figure name="segments" value={count(segments)} />
        <Figure name="lines to be seen" value={count(model.shown.value.length)} />
      </dl>
      <div class="actions">
        <Button disabled={restored === undefined} onClick={() => void model.forget()}>
          Checkpoint: forget how it came to be
        </Button>
      </div>
      <p class="note">
        A snapshot is written every 200 events, as one more record. A checkpoint tells the log that
        nothing before the snapshot is needed: whole older segments go, and time travel ends there.
      </p>
    </section>
  );
}
