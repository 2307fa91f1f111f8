/** The course of an accident on this view: happen, reopen, read what is left. */
import { signal } from "@preact/signals";
import { count, plural } from "../../shell/format.ts";
import { toFailure } from "../../worker/client.ts";
import type { Opened } from "../../worker/protocol.ts";
import { fullSlots } from "./accidents.ts";
import type { Accident } from "./accidents.ts";
import type { Bench } from "./bench.ts";
import type { Audit } from "./ledger.ts";
import type { Outcome, Story } from "./story.ts";

export const story = signal<Story | undefined>(undefined);
export const current = signal<Accident | undefined>(undefined);
/** What is going on; nothing can be started meanwhile. */
export const busy = signal<"accident" | "reopening" | "salvage" | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);

let bench: Bench | undefined;

/** Breaks a log. */
export async function cause(accident: Accident): Promise<void> {
  await during("accident", async () => {
    await bench?.close();
    bench = accident.bench();
    current.value = accident;
    story.value = { title: accident.title, steps: [], pictures: [] };
    const aftermath = await accident.happen({ bench, say });
    story.value = { ...story.value, ...aftermath, pictures: await bench.picture() };
  });
}

/** Opens the log again, and compares it with what was promised. */
export async function reopen(): Promise<void> {
  await during("reopening", async (at) => {
    let opened: Opened;
    try {
      opened = await at.open();
    } catch (error) {
      conclude({
        heading: "Refused, and nothing was changed",
        verdict: "refused",
        failure: toFailure(error),
        words: [
          "Acknowledged bytes are not what they were. Stria does not guess and does not go on in silence: opening names the place.",
        ],
      });
      return;
    }
    const { records, failure } = await at.read();
    const audit = at.ledger.audit(records);
    const { recovery, ms } = opened;
    if (failure === undefined) {
      const words = [...inWords(audit, opened), ...(await moreRoom(at))];
      const heading =
        audit.kept === audit.promised
          ? "Everything that was promised is there"
          : "Records are missing";
      conclude({
        heading,
        verdict: audit.kept === audit.promised ? "kept" : "partly",
        audit,
        recovery,
        ms,
        words,
      });
      return;
    }
    conclude({
      heading: "Opened, and the damage refused where it is",
      verdict: "partly",
      audit,
      recovery,
      ms,
      failure,
      words: [
        "Older segments are not scanned when a log is opened; every frame is checked when it is read. The reader stopped with this error, it did not skip the record.",
      ],
    });
  });
}

/** Opens read-only and passes over the damage. */
export async function salvage(): Promise<void> {
  await during("salvage", async (at) => {
    const opened = await at.open({ recovery: "salvage" });
    const { records, failure } = await at.read();
    const audit = at.ledger.audit(records);
    await at.close();
    conclude({
      heading: "What can still be read",
      verdict: "partly",
      audit,
      recovery: opened.recovery,
      ms: opened.ms,
      ...(failure === undefined ? {} : { failure }),
      words: [
        `Opened read-only, damage passed over: ${count(audit.kept)} of ${count(audit.promised)} acknowledged records. The ones in the damaged frame are gone, and the report says so.`,
      ],
    });
  });
}

/** A log that was full is given two more files: a checkpoint needs one to be written to, and then frees the old ones. */
async function moreRoom(at: Bench): Promise<string[]> {
  if (current.value?.id !== "fill") return [];
  const { slotBytes, maxSlots } = fullSlots;
  await at.open({ slots: { slotBytes, maxSlots: maxSlots + 2 } });
  await at.checkpoint(at.ledger.lastLsn);
  const before = at.ledger.promised;
  await at.write(20);
  return [
    `Two more files were then allowed. A checkpoint let the old segments go, and ${plural(at.ledger.promised - before, "more record")} were appended.`,
  ];
}

function inWords(audit: Audit, { recovery }: Opened): string[] {
  const words: string[] = [];
  if (recovery.carried > 0) {
    words.push(
      `${plural(recovery.carried, "record")} stood complete in the file and nothing behind them vouched for their sync. Opening wrote them again and synced, before it returned.`,
    );
  }
  if (audit.extra > 0) {
    words.push(
      `${plural(audit.extra, "record")} survived that nobody had been promised: written, not yet acknowledged.`,
    );
  }
  if (recovery.tail === "torn") {
    words.push(
      `The tail was torn: ${count(recovery.tornBytes)} bytes were cut off. Nobody had been told that they were durable.`,
    );
  }
  if (audit.gone > 0) {
    words.push(
      `${plural(audit.gone, "append")} never got an answer and left nothing behind: never promised, not there.`,
    );
  }
  if (words.length === 0) words.push("Nothing was torn, nothing had to be repaired.");
  return words;
}

function say(step: string): void {
  if (story.value !== undefined)
    story.value = { ...story.value, steps: [...story.value.steps, step] };
}

function conclude(outcome: Outcome): void {
  if (story.value !== undefined) story.value = { ...story.value, outcome };
}

async function during(
  what: "accident" | "reopening" | "salvage",
  work: (at: Bench) => Promise<void>,
): Promise<void> {
  if (busy.value !== undefined) return;
  busy.value = what;
  problem.value = undefined;
  try {
    await work(bench!);
    if (what !== "accident" && bench !== undefined && story.value !== undefined) {
      story.value = { ...story.value, pictures: await bench.picture() };
    }
  } catch (error) {
    problem.value = toFailure(error).message;
  } finally {
    busy.value = undefined;
  }
}
