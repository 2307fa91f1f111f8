/** A promise the log has broken, by name: what the crash explorer finds. */

/** The names of broken promises. Shrinking a finding keeps its name. */
export type ViolationName =
  | "refused-to-open"
  | "lost-record"
  | "invented-record"
  | "wrong-bytes"
  | "not-dense"
  | "split-batch"
  | "wrong-lsn"
  | "retired-too-much"
  | "checkpoint-forgotten"
  | "watermark-moved-back"
  | "unvouched-record-shown"
  | "acknowledged-after-failure"
  | "segment-id-reused"
  | "two-writers"
  | "changed-an-old-file"
  | "nonce-reused"
  | "unexpected-error"
  | "hang";

/** Thrown by the model and the checks; the explorer makes findings of them. */
export class Violation extends Error {
  override readonly name: ViolationName;

  constructor(name: ViolationName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}
