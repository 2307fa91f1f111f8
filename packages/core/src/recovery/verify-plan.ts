/**
 * What a verification has to read: the live segments and where each must end. Where strict recovery
 * refuses the log, the reason becomes a finding and every readable segment is read all the same.
 */
import type { Crc32 } from "../checksum.ts";
import type { Cipher } from "../cipher.ts";
import { type WalError, isWalError } from "../errors.ts";
import { equalBytes } from "../format/bytes.ts";
import { FRAMES_START } from "../format/segment-header.ts";
import type { Segment } from "../segment/segment.ts";
import type { Storage } from "../storage.ts";
import type { ValidSegment } from "./chain.ts";
import { type LogFinding, lsnText } from "./finding.ts";
import { bindSegment, prepareKeys } from "./keyring.ts";
import { type Recovered, recover } from "./recover.ts";
import { type Survey, survey } from "./survey.ts";

/** A segment and what must be true of its end. */
export interface VerifyTarget {
  readonly segment: Segment;
  readonly to: number;
  /** `undefined` = nothing says where it ends. */
  readonly lastLsn: number | undefined;
  readonly chain: Uint8Array | undefined;
  /** A successor has cut it: what stands behind the cut is not part of the log. */
  readonly cut: boolean;
}

/** What there is to read. */
export interface VerifyPlan {
  /** Strict recovery accepts the log. */
  readonly intact: boolean;
  readonly targets: readonly VerifyTarget[];
  readonly findings: readonly LogFinding[];
  readonly lowLsn: number;
  /** Highest LSN a header calls durable. */
  readonly vouchedLsn: number;
}

export interface PlanOptions {
  readonly crc32: Crc32;
  readonly cipher: Cipher;
}

/** Errors that say something about the log; all others say that it could not be judged. */
const judgements: ReadonlySet<string> = new Set(["WAL_CORRUPT", "WAL_TAMPERED"]);

export async function planVerification(
  storage: Storage,
  options: PlanOptions,
): Promise<VerifyPlan> {
  try {
    const recovered = await recover(storage, { ...options, sync: false });
    return soundPlan(recovered);
  } catch (error) {
    if (!isWalError(error) || !judgements.has(error.code)) throw error;
    const found = await survey(storage, { ...options, sync: false });
    return brokenPlan(found, error, options);
  }
}

/** Headers a damaged log can be read by: sound, under their own name, all of one log. */
export function readableSegments(found: Survey): ValidSegment[] {
  const valid = found.segments.flatMap(({ id, name, size, state }) =>
    state.kind === "valid" && state.header.segmentId === id
      ? [{ name, size, header: state.header }]
      : [],
  );
  const newest = valid.at(-1);
  return valid.filter(({ header }) => newest && equalBytes(header.logId, newest.header.logId));
}

function soundPlan(recovered: Recovered): VerifyPlan {
  const findings: LogFinding[] = [];
  const live = new Map(recovered.segments.map((segment) => [segment.name, segment]));
  for (const note of recovered.notes) {
    // The check of the segment finds these itself.
    if (note.kind === "skipped") continue;
    // One bad copy is what a crash during birth leaves; afterwards it is damage, though harmless.
    const isDamage =
      note.kind === "header-copy" && (live.get(note.segment)?.end ?? 0) > FRAMES_START;
    findings.push({ severity: isDamage ? "damage" : "note", ...note });
  }
  const newest = recovered.segments.at(-1);
  const [first, last] = [recovered.unvouched[0], recovered.unvouched.at(-1)];
  if (newest !== undefined && first !== undefined && last !== undefined) {
    const { firstLsn: lsn, offset } = first;
    const toLsn = last.lastLsn;
    const message = `${lsnText(lsn, toLsn)}: valid, nothing vouches for it yet`;
    const place = { segment: newest.name, offset, lsn, toLsn };
    findings.push({ severity: "note", kind: "unvouched", message, ...place });
  }
  const targets = recovered.segments.map((segment) => {
    const { end: to, lastLsn, chain } = segment;
    return { segment, to, lastLsn, chain, cut: segment !== newest };
  });
  const { lowLsn, vouchedLsn } = recovered;
  return { intact: true, targets, findings, lowLsn, vouchedLsn };
}

async function brokenPlan(
  found: Survey,
  error: WalError,
  options: PlanOptions,
): Promise<VerifyPlan> {
  const findings: LogFinding[] = [refusal(error)];
  for (const { name: segment, state } of found.segments) {
    if (state.kind === "bad" && segment !== error.details.segment) {
      const message = `no readable header: ${state.reason}`;
      findings.push({ severity: "damage", kind: "header", segment, offset: 0, message });
    } else if (state.kind === "valid" && state.damagedCopy) {
      const message = "one of two header copies is damaged";
      findings.push({ severity: "damage", kind: "header-copy", segment, message });
    }
  }
  const valid = readableSegments(found);
  await prepareKeys(
    valid.map(({ header }) => header),
    options.cipher,
  );
  const targets: VerifyTarget[] = [];
  for (const segment of valid) {
    const target = bindTarget(segment, valid, options);
    if (target === undefined) continue;
    if ("severity" in target) findings.push(target);
    else targets.push(target);
  }
  const lowLsn = Math.max(0, ...valid.map(({ header }) => header.lowLsn));
  const vouchedLsn = Math.max(0, ...valid.map(({ header }) => header.predecessor.cutLsn));
  return { intact: false, targets, findings, lowLsn, vouchedLsn };
}

/** The segment as its latest successor cut it; `undefined` if the log has passed it over. */
function bindTarget(
  { name, size, header }: ValidSegment,
  valid: readonly ValidSegment[],
  options: PlanOptions,
): VerifyTarget | LogFinding | undefined {
  const successor = valid.findLast((other) => other.header.predecessor.id === header.segmentId);
  const jumpedOver = valid.some(
    (other) =>
      other.header.segmentId > header.segmentId &&
      other.header.predecessor.id < header.segmentId &&
      other.header.firstLsn <= header.firstLsn,
  );
  if (successor === undefined && jumpedOver) return undefined;
  try {
    const segment = bindSegment(header, options);
    const cut = successor?.header.predecessor;
    const to = cut?.cutOffset ?? size;
    return { segment, to, lastLsn: cut?.cutLsn, chain: cut?.chain, cut: cut !== undefined };
  } catch (error) {
    if (!isWalError(error, "WAL_TAMPERED")) throw error;
    const { message } = error;
    return { severity: "damage", kind: "tampered", segment: name, offset: 0, message };
  }
}

function refusal(error: WalError): LogFinding {
  const { segment = "", offset, lsn } = error.details;
  return {
    severity: "damage",
    kind: error.code === "WAL_TAMPERED" ? "tampered" : "header",
    segment,
    message: error.message,
    ...(offset === undefined ? {} : { offset }),
    ...(lsn === undefined ? {} : { lsn }),
  };
}
