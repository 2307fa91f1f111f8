/** What is left of a log: which records can be read, what is not a record, and who says so. */
import type { Contestant, Session, Use } from "../contestant.ts";
import { countOf, stamp, writerOf } from "../payload.ts";

/** Acknowledged records of every victim. */
export const RECORDS = 1000;

export interface VictimJob {
  readonly step: "write" | "look" | "second" | "failing";
  readonly contestant: string;
  readonly directory: string;
  /** `look`: append one more record before closing. */
  readonly append?: boolean;
  /** `look`: skip what is damaged, where the contestant can. */
  readonly salvage?: boolean;
}

/** What a victim tells; each step fills in its part. */
export interface Findings {
  readonly acknowledged?: number;
  readonly after?: number;
  readonly uncaught?: number;
  readonly error?: string;
  /** Numbers of the records of the first writer, as read. */
  readonly numbers?: readonly number[];
  /** Records of other writers: the appended one is of writer 1. */
  readonly others?: number;
  readonly appended?: boolean;
  readonly garbage?: number;
  readonly report?: string;
}

export async function look(
  contestant: Contestant,
  job: VictimJob,
  use: Use,
  payload: Uint8Array,
): Promise<Findings> {
  const numbers: number[] = [];
  let others = 0;
  let appended = false;
  let garbage = 0;
  let error: string | undefined;
  let report: string | undefined;
  const visit = (record: Uint8Array): void => {
    if (!isWhole(record, payload)) garbage++;
    else if (writerOf(record) === 0) numbers.push(countOf(record));
    else {
      others++;
      appended ||= writerOf(record) === 1;
    }
  };
  let session: Session | undefined;
  try {
    const open = job.salvage === true ? contestant.salvage : contestant.open;
    session = await open?.(job.directory, use);
    report = session?.report?.();
    await session?.read?.(visit);
  } catch (thrown) {
    error = messageOf(thrown);
  }
  if (job.append === true && session !== undefined) {
    try {
      stamp(payload, 1, 0);
      await session.append?.(payload);
      await session.close();
    } catch (thrown) {
      error ??= `next append: ${messageOf(thrown)}`;
    }
  }
  const told = { ...(error !== undefined && { error }), ...(report !== undefined && { report }) };
  return { numbers, others, appended, garbage, ...told };
}

function isWhole(record: Uint8Array, payload: Uint8Array): boolean {
  if (record.length !== payload.length || countOf(record) >= 2 * RECORDS) return false;
  if (writerOf(record) > 2) return false;
  return Buffer.compare(record.subarray(8), payload.subarray(8)) === 0;
}

/** Code or first line of what was thrown, without the paths of this machine. */
export function messageOf(thrown: unknown): string {
  const { code, message } = thrown as { code?: string; message?: string };
  const [line = ""] = (code ?? message ?? String(thrown)).split("\n");
  return line
    .replaceAll(/\/\S*\//gu, "")
    .replaceAll("|", " ")
    .slice(0, 80);
}
