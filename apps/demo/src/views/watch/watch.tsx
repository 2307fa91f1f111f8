/** "Watch it work": the controls, the picture, the charts. Nothing is started before somebody asks. */
import { lazy } from "../../shell/lazy.tsx";
import "./watch.css";
import { Button, Choice, Lead, Refusal } from "../../shell/parts.tsx";
import { duration, short } from "../../shell/format.ts";
import {
  failure,
  happenings,
  opened,
  reopen,
  resize,
  retune,
  start,
  state,
  stop,
  checkpoint,
} from "./model.ts";
import { Pipeline } from "./pipeline.tsx";
import type { ChartProps } from "./chart.tsx";
import * as set from "./settings.ts";

const Chart = lazy<ChartProps>(() => import("./chart.tsx"));

const charts: readonly ChartProps[] = [
  {
    title: "Throughput",
    unit: (value) => `${short(value)}/s`,
    lines: [{ name: "durable", color: "--durable", pick: (point) => point.perSecond }],
  },
  {
    title: "Group size",
    unit: (value) => (value < 10 ? value.toFixed(1) : short(value)),
    lines: [{ name: "records", color: "--appended", pick: (point) => point.group }],
  },
  {
    title: "Until durable",
    unit: duration,
    lines: [
      { name: "p50", color: "--durable", pick: (point) => point.p50 },
      { name: "p99", color: "--checkpoint", pick: (point) => point.p99 },
    ],
  },
];

/** The view. */
export default function Watch() {
  const promise = set.modes.find(({ value }) => value === set.mode.value)?.promise;
  return (
    <>
      <Lead title="A write-ahead log, at work in your browser">
        Threads append records. A flusher takes what their stripes hold, writes it as one frame, and
        syncs once for everybody. These are real files, real syncs and this machine’s figures.
      </Lead>
      <Controls />
      <p class="promise">{promise}</p>
      {failure.value !== undefined && <Refusal failure={failure.value} />}
      <Pipeline />
      <section class="charts" aria-label="Measured here">
        {opened.value === undefined ? (
          <p class="notice">Start it, and throughput, group size and latency are drawn here.</p>
        ) : (
          charts.map((chart) => <Chart key={chart.title} {...chart} />)
        )}
      </section>
      <ol class="happenings" aria-label="What happened" aria-live="off">
        {happenings.value.map((line, at) => (
          <li key={`${at}-${line}`}>{line}</li>
        ))}
      </ol>
    </>
  );
}

function Controls() {
  const isRunning = state.value === "running";
  return (
    <section class="card controls" aria-label="Controls">
      <div class="actions">
        <Button
          kind="primary"
          disabled={state.value === "busy"}
          onClick={() => void (isRunning ? stop() : start())}
        >
          {isRunning ? "Stop" : state.value === "busy" ? "One moment …" : "Start"}
        </Button>
        <Button disabled={!isRunning} onClick={() => void checkpoint()}>
          Checkpoint
        </Button>
      </div>
      <label class="slider">
        <span>
          Producers <b>{set.producers.value}</b>
        </span>
        <input
          type="range"
          min={1}
          max={set.mostProducers}
          value={set.producers.value}
          onInput={(event) => {
            set.producers.value = Number(event.currentTarget.value);
            if (isRunning) void resize();
          }}
        />
      </label>
      <Choice
        legend="Each appends"
        options={set.rates}
        value={set.rate.value}
        onChange={(value) => {
          set.rate.value = value;
          retune();
        }}
      />
      <Choice
        legend="Record size"
        options={set.sizes}
        value={set.recordBytes.value}
        onChange={(value) => {
          set.recordBytes.value = value;
          retune();
        }}
      />
      <Choice
        legend="Durability"
        options={set.modes}
        value={set.mode.value}
        onChange={(value) => {
          set.mode.value = value;
          void reopen();
        }}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={set.encrypted.value}
          onChange={(event) => {
            set.encrypted.value = event.currentTarget.checked;
            void reopen();
          }}
        />
        <span>
          Encrypt <small>(a second log, with a key made for this visit)</small>
        </span>
      </label>
    </section>
  );
}
