/**
 * Entry of a process that is hurt, or that looks at what is left. Talks to its parent by messages and
 * waits to be killed: it never closes what it wrote.
 */
import type { Session, Use } from "../contestant.ts";
import { contestantNamed } from "../contestants/index.ts";
import { stamp, template } from "../payload.ts";
import { type Findings, RECORDS, type VictimJob, look, messageOf } from "./look.ts";

const PAYLOAD_BYTES = 128;
const use: Use = { payloadBytes: PAYLOAD_BYTES, inFlight: 1, trimmed: false };
const job = JSON.parse(process.argv[2] ?? "") as VictimJob;
const contestant = contestantNamed(job.contestant);
const neverAnswered = new Error("never answers");
const payload = template(PAYLOAD_BYTES);

// Some rivals throw outside any promise they gave; the parent shall know, and the process go on.
let uncaught = 0;
process.on("uncaughtException", () => uncaught++);
process.on("unhandledRejection", () => uncaught++);

switch (job.step) {
  case "write":
    await write(await contestant.open(job.directory, use), 0, RECORDS);
    break;
  case "look":
    await tell(await look(contestant, job, use, payload));
    process.exit(0);
    break;
  case "second":
    await second();
    break;
  case "failing":
    await failing();
    break;
}

/** Appends, tells that all were acknowledged, and goes on when asked to. */
async function write(session: Session, writer: number, records: number): Promise<void> {
  await appendAll(session, writer, 0, records);
  process.on("message", () => {
    void appendAll(session, writer, records, records + 20).then(() =>
      tell({ acknowledged: records + 20 }),
    );
  });
  await tell({ acknowledged: records });
}

async function appendAll(
  session: Session,
  writer: number,
  from: number,
  to: number,
): Promise<void> {
  for (let count = from; count < to; count++) {
    stamp(payload, writer, count);
    await session.append?.(payload);
  }
}

/** A second writer on the same log. */
async function second(): Promise<void> {
  try {
    await write(await contestant.open(job.directory, { ...use, keysFrom: 1_000_000 }), 2, 20);
  } catch (error) {
    await tell({ acknowledged: 0, error: messageOf(error) });
  }
}

/** Appends while one sync fails; counts what was acknowledged before and after. */
async function failing(): Promise<void> {
  let before = 0;
  let after = 0;
  let hanging = 0;
  let rejected: string | undefined;
  const session = await contestant.open(job.directory, use);
  for (let count = 0; count < 300; count++) {
    stamp(payload, 0, count);
    try {
      await settledSoon(session.append?.(payload));
      if (rejected === undefined && uncaught === 0) before++;
      else after++;
    } catch (error) {
      rejected ??= messageOf(error);
      if (error === neverAnswered && ++hanging === 3) break;
    }
  }
  await tell({
    acknowledged: before,
    after,
    uncaught,
    ...(rejected !== undefined && { error: rejected }),
  });
}

/** An append that never settles must not hang the table. */
async function settledSoon(append: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(neverAnswered), 2000);
  });
  await Promise.race([append, late]).finally(() => clearTimeout(timer));
}

function tell(findings: Findings): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(findings, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
