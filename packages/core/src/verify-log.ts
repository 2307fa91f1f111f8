/**
 * Reads a whole log and says everything that is wrong with it: headers, chain, every frame of every
 * live segment. Takes no lock: a writer may be at work, so whatever looks damaged is looked at again.
 */
import type { Crc32 } from "./checksum.ts";
import type { Cipher } from "./cipher.ts";
import { type Clock, systemClock } from "./clock.ts";
import { asWalError } from "./errors.ts";
import { storageCrc32 } from "./inspect-log.ts";
import { blindCipher } from "./recovery/blind-cipher.ts";
import { type SegmentCheck, checkSegment } from "./recovery/check-segment.ts";
import { type LogFinding, lsnText, tornTail } from "./recovery/finding.ts";
import { withFile } from "./recovery/survey.ts";
import { type VerifyPlan, type VerifyTarget, planVerification } from "./recovery/verify-plan.ts";
import type { Storage } from "./storage.ts";

/** Options of {@link verifyLog}. */
export interface VerifyOptions {
  /** Without it, encrypted bodies are checked by their checksums only. */
  readonly cipher?: Cipher;
  readonly checksum?: Crc32;
  readonly clock?: Clock;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** How far a verification is. */
export interface VerifyProgress {
  readonly segment: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What a verification found. */
export interface LogVerification {
  /** No finding is damage. */
  readonly sound: boolean;
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly records: number;
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  /** Live segments that were read, and their bytes. */
  readonly segments: number;
  readonly frames: number;
  readonly bytes: number;
  /** False if bodies were encrypted and no key was given: their contents were not looked at. */
  readonly readable: boolean;
  /** In the order of segments and offsets. */
  readonly findings: readonly LogFinding[];
}

/** A writer at work can make a log look damaged for a moment; it does not for so many looks. */
const LOOKS = 4;
const LOOK_AGAIN_MS = 20;

/**
 * Verifies a log. Damage is returned, not thrown.
 * @throws WalError `WAL_STORAGE` when the storage cannot be read, `WAL_UNSUPPORTED_VERSION`,
 *   `WAL_UNKNOWN_KEY`, `WAL_WRONG_KEY`, `WAL_PLAINTEXT` when it cannot be judged.
 */
export async function verifyLog(
  storage: Storage,
  options: VerifyOptions = {},
): Promise<LogVerification> {
  const verifier = new Verifier(storage, options);
  return verifier.run();
}

class Verifier {
  readonly #storage: Storage;
  readonly #options: VerifyOptions;
  readonly #clock: Clock;
  readonly #crc32: Crc32;
  #bytes = 0;

  constructor(storage: Storage, options: VerifyOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#crc32 = options.checksum ?? storageCrc32(storage);
  }

  async run(): Promise<LogVerification> {
    const plan = await this.#patientPlan();
    const totalBytes = plan.targets.reduce((sum, target) => sum + target.to, 0);
    const checks: { target: VerifyTarget; check: SegmentCheck }[] = [];
    for (const target of plan.targets) {
      const checked = await this.#patientCheck(target, totalBytes);
      if (checked !== undefined) checks.push(checked);
      this.#bytes += target.to;
    }
    return this.#conclude(plan, checks);
  }

  #plan(): Promise<VerifyPlan> {
    const cipher = this.#options.cipher ?? blindCipher;
    return planVerification(this.#storage, { crc32: this.#crc32, cipher });
  }

  async #patientPlan(): Promise<VerifyPlan> {
    for (let look = 1; ; look++) {
      try {
        const plan = await this.#plan();
        if (plan.intact || look === LOOKS) return plan;
      } catch (error) {
        const known = asWalError(error, `reading ${this.#storage.name}`);
        // A file that was just removed cannot be opened any more: the next look does not list it.
        if (known.code !== "WAL_STORAGE" || look === LOOKS) throw known;
      }
      await this.#pause();
    }
  }

  /** `undefined` = retired while it was being read. */
  async #patientCheck(
    target: VerifyTarget,
    totalBytes: number,
  ): Promise<{ target: VerifyTarget; check: SegmentCheck } | undefined> {
    let current = target;
    for (let look = 1; ; look++) {
      let outcome: { check: SegmentCheck } | { error: unknown };
      try {
        outcome = { check: await this.#check(current, totalBytes) };
      } catch (error) {
        outcome = { error };
      }
      if (
        "check" in outcome &&
        outcome.check.findings.every(({ severity }) => severity === "note")
      ) {
        return { target: current, ...outcome };
      }
      await this.#pause();
      const again = await this.#plan();
      const same = again.targets.find(({ segment }) => segment.id === target.segment.id);
      if (same === undefined && again.intact) return undefined;
      // Damage is believed at the second look, an error only when it persists.
      if ("check" in outcome && look > 1) return { target: current, ...outcome };
      if ("error" in outcome && look === LOOKS) {
        throw asWalError(outcome.error, `reading ${target.segment.name}`);
      }
      current = same ?? current;
    }
  }

  #check(target: VerifyTarget, totalBytes: number): Promise<SegmentCheck> {
    const { segment, to, lastLsn, chain, cut: lookBehind } = target;
    const readable = segment.header.cipher === undefined || this.#options.cipher !== undefined;
    const { onProgress } = this.#options;
    const progress = (offset: number): void => {
      onProgress?.({ segment: segment.name, bytes: this.#bytes + offset, totalBytes });
    };
    const options = { to, lastLsn, chain, readable, lookBehind, onProgress: progress };
    return withFile(this.#storage, segment.name, (file) => checkSegment(file, segment, options));
  }

  #conclude(
    plan: VerifyPlan,
    checks: readonly { target: VerifyTarget; check: SegmentCheck }[],
  ): LogVerification {
    const found = checks.flatMap(({ check }) => check.findings);
    if (!plan.intact) found.push(...between(checks), ...ends(plan, checks));
    const damage = found.filter(({ severity }) => severity === "damage");
    const damaged = new Set(damage.map(({ segment }) => segment));
    // What stopped recovery is told again unless the segment's own check has told it better.
    const extra = plan.findings.filter(
      ({ severity, kind, segment }) =>
        severity === "note" || kind === "header-copy" || !damaged.has(segment),
    );
    const findings = [...found, ...extra].toSorted(byPlace);
    const lowLsn = Math.max(plan.lowLsn, ...checks.map(({ check }) => check.lowLsn));
    const first = checks[0]?.target.segment.header.firstLsn ?? 0;
    const firstLsn = Math.max(lowLsn + 1, first);
    const lastLsn = checks.at(-1)?.check.lastLsn ?? lowLsn;
    return {
      sound: findings.every(({ severity }) => severity === "note"),
      firstLsn,
      lastLsn,
      records: countRecords(checks, firstLsn),
      lowLsn,
      checkpointLsn: Math.max(lowLsn, ...checks.map(({ check }) => check.checkpointLsn)),
      segments: checks.length,
      frames: checks.reduce((sum, { check }) => sum + check.frames, 0),
      bytes: checks.reduce((sum, { target }) => sum + target.to, 0),
      readable:
        this.#options.cipher !== undefined ||
        checks.every(({ target }) => target.segment.header.cipher === undefined),
      findings,
    };
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.timer(resolve, LOOK_AGAIN_MS);
    });
  }
}

/** Records in sound stretches, those that stand twice counted once. */
function countRecords(checks: readonly { check: SegmentCheck }[], firstLsn: number): number {
  let next = firstLsn;
  let records = 0;
  for (const { check } of checks) {
    for (const stretch of check.stretches) {
      records += Math.max(0, stretch.lastLsn - Math.max(next, stretch.firstLsn) + 1);
      next = Math.max(next, stretch.lastLsn + 1);
    }
  }
  return records;
}

/** Records missing between segments that were found, where the chain itself is broken. */
function between(checks: readonly { target: VerifyTarget; check: SegmentCheck }[]): LogFinding[] {
  const findings: LogFinding[] = [];
  for (let i = 1; i < checks.length; i++) {
    const { header, name: segment } = checks[i]!.target.segment;
    const last = checks[i - 1]!.check.lastLsn;
    if (header.firstLsn <= last + 1 || header.gapAfter === last) continue;
    const [lsn, toLsn] = [last + 1, header.firstLsn - 1];
    const message = `${lsnText(lsn, toLsn)}: missing in front of this segment`;
    findings.push({ severity: "damage", kind: "missing", segment, message, lsn, toLsn });
  }
  return findings;
}

/** Unbounded ends in a log that did not recover: torn, or lost if anything vouches for more. */
function ends(
  plan: VerifyPlan,
  checks: readonly { target: VerifyTarget; check: SegmentCheck }[],
): LogFinding[] {
  const last = checks.at(-1);
  if (last === undefined) return [];
  const vouched = Math.max(plan.vouchedLsn, ...checks.map(({ check }) => check.vouchedLsn));
  const { check, target } = last;
  const segment = target.segment.name;
  const { tail } = check;
  if (target.lastLsn === undefined && check.lastLsn < vouched) {
    const [lsn, toLsn] = [check.lastLsn + 1, vouched];
    const message = `${lsnText(lsn, toLsn)}: ${tail?.reason ?? "the file ends"}`;
    const place = tail === undefined ? {} : { offset: tail.offset };
    return [{ severity: "damage", kind: "frame", segment, message, lsn, toLsn, ...place }];
  }
  return tail === undefined ? [] : [tornTail(segment, tail)];
}

function byPlace(a: LogFinding, b: LogFinding): number {
  if (a.segment !== b.segment) return a.segment < b.segment ? -1 : 1;
  return (a.offset ?? 0) - (b.offset ?? 0);
}
