/** The way of a record, live: stripes fill and drain, groups form, frames go into segments, the marks move. */
import { bytes, count, plural } from "../../shell/format.ts";
import { sharesMemory } from "../../shell/requirements.ts";
import { groups, pulse, series, state } from "./model.ts";
import { Segments } from "./segments.tsx";
import * as set from "./settings.ts";

/** The whole picture. */
export function Pipeline() {
  return (
    <section class="card pipeline" aria-label="The log at work">
      <Stripes />
      <Groups />
      <div class="stage">
        <h2>Segments on the disk</h2>
        <Segments />
        <p class="note">One line is one frame; blue ones have just become durable.</p>
      </div>
      <LsnLine />
    </section>
  );
}

/** Where the producers' stripes are in the log's list: the first is the log's own. */
function stripeOf(producer: number): { filled: number; now: number } | undefined {
  const stripe = pulse.value?.stats.stripes[producer + 1];
  if (stripe === undefined) return undefined;
  const peak = Math.max(pulse.value?.peaks[producer + 1] ?? 0, stripe.pendingBytes);
  return { filled: peak / stripe.capacityBytes, now: peak };
}

function Stripes() {
  const own = pulse.value?.stats.stripes[0];
  return (
    <div class="stage stripes">
      <h2>Stripes</h2>
      {Array.from({ length: set.producers.value }, (_, producer) => {
        const stripe = sharesMemory ? stripeOf(producer) : producer === 0 ? ownStripe() : undefined;
        const share = state.value === "running" ? (stripe?.filled ?? 0) : 0;
        return (
          <div class="stripe" key={producer}>
            <span>{producer === 0 ? "page" : `worker ${producer}`}</span>
            <div class="track">
              <i style={{ transform: `scaleX(${Math.min(1, share)})` }} />
            </div>
            <span class="amount">{bytes(stripe?.now ?? 0)}</span>
          </div>
        );
      })}
      <p class="note">
        {sharesMemory
          ? `Rings of ${bytes(set.stripeBytes)} in shared memory, one for each thread.`
          : `This page is not cross-origin isolated: producers send messages, and share the log's own stripe (${bytes(own?.capacityBytes ?? set.stripeBytes)}).`}
      </p>
    </div>
  );

  function ownStripe(): { filled: number; now: number } | undefined {
    if (own === undefined) return undefined;
    const peak = Math.max(pulse.value?.peaks[0] ?? 0, own.pendingBytes);
    return { filled: peak / own.capacityBytes, now: peak };
  }
}

function Groups() {
  const most = Math.max(1, ...groups.value.map(({ records }) => records));
  return (
    <div class="stage groups">
      <h2>Groups</h2>
      <div class="bars" role="img" aria-label={`the last ${groups.value.length} groups by size`}>
        {groups.value.map((group) => (
          <i
            key={`${group.segment}-${group.offset}`}
            style={{ height: `${(100 * group.records) / most}%` }}
          />
        ))}
      </div>
      <p class="big">
        {series.latest.value?.group === null || series.latest.value === undefined
          ? "–"
          : series.latest.value.group.toFixed(1)}
        <small> records share a sync</small>
      </p>
    </div>
  );
}

function LsnLine() {
  const marks = pulse.value?.marks;
  const first = marks?.firstLsn ?? 1;
  const span = Math.max(1, (marks?.appended ?? 0) - first + 1);
  const part = (from: number, to: number): string => `${(100 * Math.max(0, to - from)) / span}%`;
  const [checkpoint, durable, appended] = [
    marks?.checkpoint ?? 0,
    marks?.durable ?? 0,
    marks?.appended ?? 0,
  ];
  return (
    <div class="stage lsn">
      <h2>Log sequence numbers</h2>
      <div
        class="line"
        role="img"
        aria-label={`checkpoint ${checkpoint}, durable ${durable}, appended ${appended}`}
      >
        <i class="checkpoint" style={{ width: part(first - 1, Math.max(first - 1, checkpoint)) }} />
        <i class="durable" style={{ width: part(Math.max(first - 1, checkpoint), durable) }} />
        <i class="appended" style={{ width: part(durable, appended) }} />
      </div>
      <dl>
        <div class="checkpoint">
          <dt>checkpoint</dt>
          <dd data-testid="checkpoint">{count(checkpoint)}</dd>
        </div>
        <div class="durable">
          <dt>durable</dt>
          <dd data-testid="durable">{count(durable)}</dd>
        </div>
        <div class="appended">
          <dt>appended</dt>
          <dd data-testid="appended">{count(appended)}</dd>
        </div>
        <div>
          <dt>on the way</dt>
          <dd>{plural(appended - durable, "record")}</dd>
        </div>
      </dl>
    </div>
  );
}
