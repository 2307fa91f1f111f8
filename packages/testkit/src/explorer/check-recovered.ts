/** The checks after a recovery: what the log shows now against what the model says it may show. */
import type { CrashableLog } from "./crashable-log.ts";
import type { Model } from "./model.ts";
import { sameBytes } from "../same-bytes.ts";
import { Violation } from "./violation.ts";

/** What a freshly opened log shows of itself. */
export interface RecoveredLog {
  readonly firstLsn: number;
  readonly nextLsn: number;
  readonly durableLsn: number;
  readonly checkpointLsn: number;
  readonly records: readonly { readonly lsn: number; readonly payload: Uint8Array }[];
}

/** Reads everything a log has. */
export async function readAll(log: CrashableLog): Promise<RecoveredLog> {
  const { firstLsn, nextLsn, durableLsn, checkpointLsn } = log;
  const records: { lsn: number; payload: Uint8Array }[] = [];
  for await (const { lsn, payload } of log.read({ from: Math.max(1, firstLsn) })) {
    records.push({ lsn, payload });
    if (records.length > log.nextLsn) {
      throw new Violation("not-dense", `read ${records.length} records, the log ends before`);
    }
  }
  return { firstLsn, nextLsn, durableLsn, checkpointLsn, records };
}

/**
 * Acknowledged ⊆ recovered ⊆ attempted; dense, in order, batches whole, bytes equal; nothing that was
 * durable has changed; nothing is gone but what a checkpoint gave up. Throws a {@link Violation}.
 */
export function checkRecovered(model: Model, recovered: RecoveredLog): void {
  const lastLsn = recovered.nextLsn - 1;
  const { acknowledgedLsn, attemptedLsn } = model;
  if (lastLsn < acknowledgedLsn && !model.distrusted) {
    const lost = `record ${acknowledgedLsn} was acknowledged, the log ends at ${lastLsn}`;
    throw new Violation("lost-record", lost);
  }
  if (lastLsn > attemptedLsn) {
    const invented = `the log ends at ${lastLsn}, only ${attemptedLsn} records were ever appended`;
    throw new Violation("invented-record", invented);
  }
  if (recovered.durableLsn !== lastLsn) {
    const shown = `after opening, durableLsn is ${recovered.durableLsn}, the log ends at ${lastLsn}`;
    throw new Violation("unvouched-record-shown", shown);
  }
  if (!model.distrusted) checkCheckpoint(model, recovered);
  checkRecords(model, recovered);
  const last = model.record(lastLsn);
  if (last !== undefined && last.batch === model.record(lastLsn + 1)?.batch) {
    throw new Violation("split-batch", `the log ends at ${lastLsn}, in the middle of a batch`);
  }
}

/** Everything readable now is what the model knows; for a look at a log that is running. */
export function checkRecords(model: Model, { firstLsn, nextLsn, records }: RecoveredLog): void {
  let wanted = firstLsn;
  for (const { lsn, payload } of records) {
    if (lsn !== wanted) {
      throw new Violation("not-dense", `read record ${lsn} where ${wanted} was next`);
    }
    const attempt = model.record(lsn);
    if (attempt === undefined) {
      throw new Violation("invented-record", `read record ${lsn}, which was never appended`);
    }
    if (!sameBytes(attempt.payload, payload)) {
      const past = lsn <= model.settledLsn ? ", which had been recovered before" : "";
      throw new Violation(
        "wrong-bytes",
        `record ${lsn}${past}, has other bytes than were appended`,
      );
    }
    wanted++;
  }
  if (wanted < nextLsn) {
    throw new Violation("lost-record", `reading ended before ${wanted}, the log at ${nextLsn - 1}`);
  }
}

function checkCheckpoint(model: Model, recovered: RecoveredLog): void {
  const { checkpointLsn, checkpointAttemptedLsn } = model;
  if (recovered.checkpointLsn < checkpointLsn) {
    const forgotten = `checkpoint ${checkpointLsn} was promised, the log knows ${recovered.checkpointLsn}`;
    throw new Violation("checkpoint-forgotten", forgotten);
  }
  if (recovered.firstLsn > checkpointAttemptedLsn + 1) {
    const retired = `the log begins at ${recovered.firstLsn}, no checkpoint passed ${checkpointAttemptedLsn}`;
    throw new Violation("retired-too-much", retired);
  }
}
