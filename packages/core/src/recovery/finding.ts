/** What a verification or a salvage has to say about one place of a log. */
import type { SegmentCheck } from "./check-segment.ts";
import type { RecoveryNote } from "./report.ts";

/** One place of a log that is not as it should be, or worth knowing. */
export interface LogFinding {
  /** `damage`: bytes that were vouched for are not there any more. `note`: a crash may leave it so. */
  readonly severity: "damage" | "note";
  readonly kind:
    | "header"
    | "missing"
    | "frame"
    | "tampered"
    | "records"
    | "seal"
    | "chain"
    | "unvouched"
    | RecoveryNote["kind"];
  /** File name. */
  readonly segment: string;
  readonly message: string;
  readonly offset?: number;
  readonly bytes?: number;
  /** First and last LSN concerned. */
  readonly lsn?: number;
  readonly toLsn?: number;
}

/** Bytes behind the last frame that is part of the log; nothing vouches for them. */
export function tornTail(segment: string, tail: NonNullable<SegmentCheck["tail"]>): LogFinding {
  const { offset, bytes, reason } = tail;
  const message = `never acknowledged: ${reason}`;
  return { severity: "note", kind: "torn-tail", segment, offset, bytes, message };
}

/** "LSN 3", "LSN 3-5". */
export function lsnText(from: number, to: number): string {
  return from === to ? `LSN ${from}` : `LSN ${from}-${to}`;
}
