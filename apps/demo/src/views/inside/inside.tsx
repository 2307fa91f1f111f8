/** "Look inside": segments, frames and bytes of any log, this page's own or files from a server. */
import "./inside.css";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { bytes as inBytes, count, plural, segmentNumber } from "../../shell/format.ts";
import { Button, Lead, Refusal } from "../../shell/parts.tsx";
import type { FrameInspection } from "@stria/core/inspect";
import { Hex } from "./hex.tsx";
import * as model from "./model.ts";

const pageOfFrames = 100;
const framesShown = signal(pageOfFrames);
const dragging = signal(false);

/** The view. */
export default function Inside() {
  useEffect(() => void model.list(), []);
  return (
    <div
      class={dragging.value ? "dragging" : ""}
      onDragOver={(event) => {
        event.preventDefault();
        dragging.value = true;
      }}
      onDragLeave={() => {
        dragging.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        dragging.value = false;
        void model.lookAtFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Lead title="Every byte has a meaning">
        Segments, frames and fields, as they lie on the disk. Look at the logs of this page, also
        while they are written, or drop segment files from a server here. They stay in this browser.
      </Lead>
      <Sources />
      {model.problem.value !== undefined && <p class="notice bad">{model.problem.value}</p>}
      {model.examination.value?.problem !== undefined && (
        <>
          <p class="note">
            Opened as a log, {model.patient.value?.kind === "files" ? "these files" : "this"} would
            be refused:
          </p>
          <Refusal failure={model.examination.value.problem} />
        </>
      )}
      <Verified />
      {model.examination.value === undefined ? (
        <p class="notice">
          There is no log here yet. Start one on the first view, or drop a file named like
          00000000000000000001.wal.
        </p>
      ) : (
        <div class="inside">
          <Segments />
          <Frames />
          <section class="card bytes" aria-label="Bytes">
            {model.shown.value === undefined ? (
              <p class="note">No bytes.</p>
            ) : (
              <Hex shown={model.shown.value} />
            )}
          </section>
        </div>
      )}
    </div>
  );
}

function Sources() {
  const of = model.patient.value;
  return (
    <div class="sources">
      <div class="actions" role="group" aria-label="Logs of this page">
        {model.logs.value.map((log) => (
          <Button
            key={log}
            pressed={of?.kind === "opfs" && of.log === log}
            onClick={() => void model.look({ kind: "opfs", log })}
          >
            {log}
          </Button>
        ))}
        <label class="button file">
          Open files …
          <input
            type="file"
            multiple
            accept=".wal"
            onChange={(event) => void model.lookAtFiles([...(event.currentTarget.files ?? [])])}
          />
        </label>
        <Button disabled={of === undefined} onClick={() => void model.verify()}>
          Verify
        </Button>
      </div>
    </div>
  );
}

function Verified() {
  const found = model.verification.value;
  if (found === undefined) return null;
  return (
    <section class={`card verified ${found.sound ? "sound" : "damaged"}`} aria-label="Verification">
      <strong>{found.sound ? "Sound." : "Damaged."}</strong>{" "}
      {`${plural(found.records, "record")} in ${plural(found.frames, "frame")}, ${inBytes(found.bytes)} read`}
      {found.readable ? "." : "; the contents are encrypted and were not looked at."}
      {found.findings.length > 0 && (
        <ul>
          {found.findings.map((one) => (
            <li key={`${one.segment}${one.offset}${one.kind}`}>
              <b class={one.severity}>{one.kind}</b> segment {segmentNumber(one.segment)}
              {one.offset === undefined ? "" : `, offset ${count(one.offset)}`}: {one.message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Segments() {
  const segments = model.examination.value?.log.segments ?? [];
  return (
    <section class="card list" aria-label="Segments">
      <h2>{plural(segments.length, "segment")}</h2>
      <div class="scroll">
        {segments.toReversed().map((one) => (
          <button
            key={one.name}
            type="button"
            aria-pressed={model.segment.value === one.name}
            onClick={() => {
              framesShown.value = pageOfFrames;
              void model.lookInto(one.name);
            }}
          >
            <b>№ {segmentNumber(one.name)}</b>
            <small>
              {one.state}
              {one.lastLsn !== undefined && one.firstLsn !== undefined
                ? ` · LSN ${count(one.firstLsn)}–${count(one.lastLsn)}`
                : ""}
            </small>
          </button>
        ))}
      </div>
    </section>
  );
}

function Frames() {
  const all = model.frames.value?.frames ?? [];
  const at = model.place.value;
  const failure = model.frames.value?.failure;
  return (
    <section class="card list" aria-label="Frames">
      <h2>{plural(all.filter(({ kind }) => kind !== "empty").length, "frame")}</h2>
      {failure !== undefined && <Refusal failure={failure} />}
      <div class="scroll">
        {([0, 1] as const).map((copy) => (
          <button
            key={copy}
            type="button"
            aria-pressed={at?.kind === "header" && at.copy === copy}
            onClick={() => void model.show({ kind: "header", copy })}
          >
            <b>header</b>
            <small>{copy === 0 ? "first copy, 0" : "second copy, 4,096"}</small>
          </button>
        ))}
        {all.slice(0, framesShown.value).map((frame) => (
          <button
            key={frame.offset}
            type="button"
            class={frame.kind}
            aria-pressed={at?.kind === "frame" && at.frame.offset === frame.offset}
            onClick={() => void model.show({ kind: "frame", frame })}
          >
            <b>{nameOf(frame)}</b>
            <small>
              {count(frame.offset)} · {inBytes(frame.bytes)}
            </small>
          </button>
        ))}
        {all.length > framesShown.value && (
          <button
            type="button"
            onClick={() => {
              framesShown.value += pageOfFrames;
            }}
          >
            <b>More</b>
            <small>{count(all.length - framesShown.value)} further ones</small>
          </button>
        )}
      </div>
    </section>
  );
}

function nameOf(frame: FrameInspection): string {
  if (!("sequence" in frame)) return frame.kind === "empty" ? "zeros" : "not a frame";
  if (frame.records === 0) return frame.kind;
  const what = frame.carried ? "carried" : frame.kind;
  return frame.records === 1
    ? `${what}, LSN ${count(frame.firstLsn)}`
    : `${what}, LSN ${count(frame.firstLsn)}–${count(frame.lastLsn)}`;
}
