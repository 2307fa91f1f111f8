/** "Compare": the same appends in other stores of this browser, measured here and now. */
import "./compare.css";
import { duration, short } from "../../shell/format.ts";
import { Button, Choice, Lead } from "../../shell/parts.tsx";
import { measured, race, results, running, withSqlite, workload, workloads } from "./race.ts";
import type { Result } from "./race.ts";

/** The view. */
export default function Compare() {
  return (
    <>
      <Lead title="The same appends, elsewhere">
        Records of 256 bytes, each answered when it is durable, for a second in each store. Measured
        by this browser, on this machine, now: run it twice.
      </Lead>
      <section class="card controls compare-controls" aria-label="Controls">
        <Choice
          legend="Appends"
          options={workloads}
          value={workload.value.value}
          disabled={running.value !== undefined}
          onChange={(value) => {
            workload.value = workloads.find((one) => one.value === value) ?? workload.value;
          }}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={withSqlite.value}
            disabled={running.value !== undefined}
            onChange={(event) => {
              withSqlite.value = event.currentTarget.checked;
            }}
          />
          <span>
            SQLite, too <small>(loads its WebAssembly when you run)</small>
          </span>
        </label>
        <div class="actions">
          <Button kind="primary" disabled={running.value !== undefined} onClick={() => void race()}>
            {running.value === undefined ? "Run" : "Running …"}
          </Button>
        </div>
      </section>
      <Bars />
    </>
  );
}

function Bars() {
  const most = Math.max(1, ...results.value.map(({ perSecond }) => perSecond));
  if (results.value.length === 0 && running.value === undefined) {
    return <p class="notice">Nothing has been measured yet.</p>;
  }
  return (
    <section class="card" aria-label="Results">
      <h2>Durable records a second, {measured.value?.text}</h2>
      <ol class="contest">
        {results.value.map((result) => (
          <Bar key={result.contender.id} result={result} most={most} />
        ))}
        {running.value !== undefined && <li class="going-on">{running.value} is running …</li>}
      </ol>
      <p class="note">
        Relaxed transactions are answered before they are synced: theirs is the weaker promise.
        After each run the records are counted, and a contender with one too few is not shown a
        figure.
      </p>
    </section>
  );
}

function Bar({ result, most }: { result: Result; most: number }) {
  const { contender, perSecond, p50, p99, failure } = result;
  const share = (100 * perSecond) / most;
  return (
    <li class={contender.id}>
      <div class="who">
        <strong>{contender.name}</strong>
        <small>{contender.promise}</small>
      </div>
      {failure === undefined ? (
        <div class="bar">
          <i style={{ width: `${Math.max(0.4, share)}%` }} />
          <span class="value">{short(perSecond)}/s</span>
          <small>
            p50 {duration(p50)} · p99 {duration(p99)}
          </small>
        </div>
      ) : (
        <p class="failed">{failure}</p>
      )}
    </li>
  );
}
