/** What is told of an accident: what was done, in order, and the judgement after opening again. */
import type { RecoveryReport } from "@stria/core";
import type { Failure } from "../../worker/protocol.ts";
import type { SegmentPicture } from "./bench.ts";
import type { Audit } from "./ledger.ts";

/** A place in a segment that was changed. */
export interface Scar {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
}

/** How the opening afterwards went. */
export interface Outcome {
  readonly heading: string;
  readonly verdict: "kept" | "refused" | "partly";
  readonly audit?: Audit;
  readonly recovery?: RecoveryReport;
  readonly ms?: number;
  readonly failure?: Failure;
  readonly words: readonly string[];
}

/** One accident from beginning to end. */
export interface Story {
  readonly title: string;
  readonly steps: readonly string[];
  readonly scar?: Scar;
  readonly pictures: readonly SegmentPicture[];
  /** An earlier refusal that is part of the accident itself. */
  readonly refusal?: Failure;
  readonly outcome?: Outcome;
}
