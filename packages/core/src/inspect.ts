/**
 * `@stria/core/inspect`: logs seen from outside, for tools. Lists, verifies, salvages, imports and re-encrypts;
 * needs no lock to look, and no key to look at what is in the clear.
 */
export { inspectLog, readFrames } from "./inspect-log.ts";
export type {
  FrameInspection,
  InspectOptions,
  LogInspection,
  SegmentInspection,
} from "./inspect-log.ts";
export { verifyLog } from "./verify-log.ts";
export type { LogVerification, VerifyOptions, VerifyProgress } from "./verify-log.ts";
export { salvageLog } from "./salvage-log.ts";
export type { SalvageOptions, SalvagedLog } from "./salvage-log.ts";
export { importLog, logFrame } from "./import-log.ts";
export type { ImportOptions, ImportReport, LogFrame, LsnRange } from "./import-log.ts";
export { rekeyLog } from "./rekey-log.ts";
export type { RekeyOptions, RekeyProgress, RekeyReport } from "./rekey-log.ts";
export type { LogFinding } from "./recovery/finding.ts";
