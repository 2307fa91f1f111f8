/** "Break it": six accidents, the log before and after, the recovery report in words. */
import "./break.css";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { count, duration } from "../../shell/format.ts";
import { Button, Figure, Lead, Refusal } from "../../shell/parts.tsx";
import type { Failure } from "../../worker/protocol.ts";
import { accidents } from "./accidents.ts";
import { busy, cause, current, problem, reopen, salvage, story } from "./model.ts";
import { LogPicture, PictureKey } from "./picture.tsx";
import { logToTry, tryAsSecondTab } from "./second-tab.ts";
import type { Outcome, Story } from "./story.ts";

/** The view; in a second tab, only the attempt. */
export default function Break() {
  const log = logToTry();
  if (log !== undefined) return <SecondTab log={log} />;
  return (
    <>
      <Lead title="Break it, then open it again">
        Each button does real harm to a real log on this machine’s disk. Then reopen it and read
        what recovery found: what survived, what was never promised, what was refused and where.
      </Lead>
      <section class="accidents" aria-label="Accidents">
        {accidents.map((accident) => (
          <Button
            key={accident.id}
            kind="accident"
            pressed={current.value === accident}
            disabled={busy.value !== undefined}
            onClick={() => void cause(accident)}
          >
            <strong>{accident.title}</strong>
            <span>{accident.text}</span>
          </Button>
        ))}
      </section>
      {problem.value !== undefined && <p class="notice bad">{problem.value}</p>}
      {story.value === undefined ? (
        <p class="notice">Nothing is broken yet.</p>
      ) : (
        <Told story={story.value} />
      )}
    </>
  );
}

function Told({ story: told }: { story: Story }) {
  const isDone = busy.value === undefined && told.pictures.length > 0;
  const refused = told.outcome?.failure !== undefined;
  return (
    <>
      <section class="card story" aria-label="What happened">
        <h2>{told.title}</h2>
        <ol class="steps">
          {told.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
          {busy.value === "accident" && <li class="going-on">working …</li>}
        </ol>
        {told.refusal !== undefined && <Refusal failure={told.refusal} />}
        <LogPicture pictures={told.pictures} scar={told.scar} />
        {told.pictures.length > 0 && <PictureKey />}
        <div class="actions">
          <Button kind="primary" disabled={!isDone} onClick={() => void reopen()}>
            {busy.value === "reopening" ? "Opening …" : "Reopen the log"}
          </Button>
          {refused && (
            <Button disabled={!isDone} onClick={() => void salvage()}>
              Salvage what can be read
            </Button>
          )}
        </div>
      </section>
      <div aria-live="polite">
        {told.outcome !== undefined && <Judgement outcome={told.outcome} />}
      </div>
    </>
  );
}

function Judgement({ outcome }: { outcome: Outcome }) {
  const { audit, recovery, ms } = outcome;
  return (
    <section class={`card outcome ${outcome.verdict}`} aria-label="Recovery report">
      <h3>{outcome.heading}</h3>
      {outcome.failure !== undefined && <Refusal failure={outcome.failure} />}
      {outcome.words.map((word) => (
        <p key={word}>{word}</p>
      ))}
      <dl class="figures">
        {audit !== undefined && (
          <Figure
            name="acknowledged, and found again"
            value={`${count(audit.kept)} of ${count(audit.promised)}`}
            tone={audit.kept === audit.promised ? "durable" : "bad"}
          />
        )}
        {audit !== undefined && <Figure name="found, never promised" value={count(audit.extra)} />}
        {recovery !== undefined && <Figure name="carried over" value={count(recovery.carried)} />}
        {recovery !== undefined && (
          <Figure
            name="tail"
            value={recovery.tail === "clean" ? "clean" : `torn, ${count(recovery.tornBytes)} B`}
          />
        )}
        {recovery !== undefined && <Figure name="segments" value={count(recovery.segments)} />}
        {ms !== undefined && <Figure name="opened in" value={duration(ms)} />}
      </dl>
      {recovery !== undefined && recovery.notes.length > 0 && (
        <details open>
          <summary>The report’s notes</summary>
          <ul class="notes">
            {recovery.notes.map((note) => (
              <li key={`${note.kind}${note.message}`}>
                <b>{note.kind}</b> {note.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const second = signal<{ failure?: Failure } | undefined>(undefined);

async function attempt(log: string): Promise<void> {
  const failure = await tryAsSecondTab(log);
  second.value = failure === undefined ? {} : { failure };
}

function SecondTab({ log }: { log: string }) {
  useEffect(() => {
    void attempt(log);
  }, [log]);
  return (
    <>
      <Lead title="The second tab">
        It tries to open the log “{log}”, which the first tab has open.
      </Lead>
      {second.value === undefined && <p class="notice">Trying …</p>}
      {second.value?.failure !== undefined && <Refusal failure={second.value.failure} />}
      {second.value !== undefined && (
        <p>
          {second.value.failure === undefined
            ? "It was free: the first tab does not have it open any more."
            : "One log, one writer. Nothing was touched; close this tab and go on in the first."}
        </p>
      )}
    </>
  );
}
