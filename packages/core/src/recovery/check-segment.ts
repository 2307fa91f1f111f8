/**
 * Reads one segment to the last byte and says everything that is wrong with it. Where recovery stops
 * at the first damage, this goes on: it lists all places, and the sound stretches between them.
 */
import { FLAG_CARRIED, FRAME_RECORDS, FRAME_SEAL, type Frame, mayIgnore } from "../format/frame.ts";
import { equalBytes } from "../format/bytes.ts";
import { type Seal, decodeMark, decodeSeal } from "../format/mark.ts";
import { decodeRecords } from "../format/records.ts";
import { FRAMES_START } from "../format/segment-header.ts";
import { openBody } from "../segment/frame-body.ts";
import type { Segment } from "../segment/segment.ts";
import type { StorageFile } from "../storage.ts";
import { type LogFinding, lsnText } from "./finding.ts";
import { type WalkStep, sealAtEnd, walkFrames } from "./frame-walk.ts";
import { findSeal } from "./recover.ts";

/** What is known of a segment before it is read. */
export interface CheckOptions {
  /** Frames of the log end here, but for marks and a seal. */
  readonly to: number;
  /** The last record that must be there; `undefined` = whatever is there. */
  readonly lastLsn: number | undefined;
  /** Identity of the frame with that record. */
  readonly chain: Uint8Array | undefined;
  /** Bodies can be read: it is plaintext, or the key is there. */
  readonly readable: boolean;
  /** Note what is no frame behind the end: a seal that is damaged, or what a crash left. */
  readonly lookBehind?: boolean;
  readonly onProgress?: (offset: number) => void;
}

/** A run of sound record frames with dense LSNs. */
export interface SoundStretch {
  readonly segment: Segment;
  readonly start: number;
  end: number;
  readonly firstLsn: number;
  lastLsn: number;
}

/** What reading a segment found. */
export interface SegmentCheck {
  readonly findings: readonly LogFinding[];
  readonly stretches: readonly SoundStretch[];
  readonly frames: number;
  readonly recordFrames: number;
  /** Last record it should hold as far as its own frames say; `firstLsn - 1` if there is none. */
  readonly lastLsn: number;
  /** Highest LSN its valid frames call synced. */
  readonly vouchedLsn: number;
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  readonly sealed: boolean;
  /** Bytes behind the last frame, if the segment's end was not known and they are not all zeros. */
  readonly tail: { offset: number; bytes: number; reason: string } | undefined;
}

/** Checks every frame, the seal against the frames, and the end against what the successor says. */
export async function checkSegment(
  file: StorageFile,
  segment: Segment,
  options: CheckOptions,
): Promise<SegmentCheck> {
  const size = await file.size();
  const seal = await sealAtEnd(file, segment, size);
  const { to, lastLsn } = options;
  // A seal written after the look that gave the end belongs to a later look.
  const sealed = seal !== undefined && size >= to && seal.lastLsn === lastLsn;
  const index = sealed && options.readable ? (await findSeal(file, segment, size))?.index : [];
  const check = new Check(segment, options, index ?? []);
  for await (const step of walkFrames(file, segment, { to: sealed ? size : to })) {
    if (step.kind === "bad") check.bad(step);
    else check.frame(step);
    options.onProgress?.(step.offset);
  }
  check.end();
  if (options.lookBehind === true && !sealed) {
    for await (const step of walkFrames(file, segment, { from: to, to: size })) {
      if (step.kind === "bad" && !step.empty) check.behind(step);
    }
  }
  return check;
}

/** The running state of one check. */
class Check implements SegmentCheck {
  readonly findings: LogFinding[] = [];
  readonly stretches: SoundStretch[] = [];
  frames = 0;
  recordFrames = 0;
  lastLsn: number;
  vouchedLsn = 0;
  lowLsn: number;
  checkpointLsn: number;
  sealed = false;
  tail: SegmentCheck["tail"];
  readonly #segment: Segment;
  readonly #options: CheckOptions;
  readonly #index: Seal["index"];
  #indexed = 0;
  #pending: (WalkStep & { kind: "bad" }) | undefined;
  #current: SoundStretch | undefined;
  #sequence = 0;
  /** Of the last record frame; `undefined` if it cannot be known. */
  #identity: Uint8Array | undefined;
  #end: number = FRAMES_START;

  constructor(segment: Segment, options: CheckOptions, index: Seal["index"]) {
    this.#segment = segment;
    this.#options = options;
    this.#index = index;
    this.lastLsn = segment.header.firstLsn - 1;
    this.#identity = segment.header.predecessor.chain;
    this.lowLsn = segment.header.lowLsn;
    this.checkpointLsn = segment.header.checkpointLsn;
  }

  bad(step: WalkStep & { kind: "bad" }): void {
    this.#pending = step;
    this.#current = undefined;
  }

  frame({ frame, offset, bytes, at }: WalkStep & { kind: "frame" }): void {
    this.frames++;
    this.#arriveAt(frame, offset);
    this.#end = offset + frame.size;
    if (frame.firstLsn <= this.lastLsn) {
      const message = `LSN ${frame.firstLsn} where ${this.lastLsn + 1} was expected`;
      this.#damage("frame", offset, message, frame.firstLsn);
      this.#current = undefined;
      return;
    }
    if (frame.sequence <= this.#sequence) {
      const message = `sequence ${frame.sequence} after ${this.#sequence}`;
      this.#damage("frame", offset, message, frame.firstLsn);
    }
    this.#sequence = frame.sequence;
    if (this.sealed) {
      this.#damage("seal", offset, "a frame stands behind the seal", frame.firstLsn);
      this.sealed = false;
    }
    const opened = openBody(bytes, at, frame, this.#segment.cipher);
    const toLsn = frame.firstLsn + Math.max(0, frame.count - 1);
    if (opened.kind === "tampered") {
      this.#damage("tampered", offset, opened.reason, frame.firstLsn, toLsn);
      this.lastLsn = frame.firstLsn + frame.count - 1;
      this.#identity = undefined;
      this.#current = undefined;
      return;
    }
    this.vouchedLsn = Math.max(this.vouchedLsn, frame.syncedLsn);
    if (frame.type === FRAME_RECORDS) this.#records(frame, offset, opened);
    else if (frame.type === FRAME_SEAL) this.#seal(offset, opened.body);
    else if (!mayIgnore(frame)) this.#mark(opened.body);
  }

  /** The end of the segment: what its successor says of it must be true. */
  end(): void {
    const { lastLsn: wanted, chain } = this.#options;
    const bad = this.#pending;
    if (wanted === undefined) {
      if (bad !== undefined && !bad.empty) this.tail = bad;
      return;
    }
    if (this.lastLsn < wanted) {
      const reason = bad === undefined ? "the frames end" : bad.reason;
      this.#damage("frame", bad?.offset ?? this.#end, reason, this.lastLsn + 1, wanted);
      this.lastLsn = wanted;
    } else if (this.lastLsn > wanted) {
      const message = `holds LSN ${this.lastLsn}, its successor continues after ${wanted}`;
      this.#damage("chain", this.#end, message, wanted + 1, this.lastLsn);
    } else {
      if (bad !== undefined) this.#damage("frame", bad.offset, emptyHanded(bad.reason));
      const known = this.#identity;
      if (chain !== undefined && known !== undefined && !equalBytes(known, chain)) {
        this.#damage("chain", this.#end, `another frame ends with LSN ${wanted}`, wanted);
      }
    }
  }

  /** Nothing of the log is lost with it, but a seal may have been. */
  behind({ offset, bytes, reason }: WalkStep & { kind: "bad" }): void {
    const message = `behind the last record, no frame: ${reason}`;
    const place = { segment: this.#segment.name, offset, bytes };
    this.findings.push({ severity: "note", kind: "torn-tail", message, ...place });
  }

  /** Settles what lies in front of a valid frame: records that are missing, or nothing at all. */
  #arriveAt(frame: Frame, offset: number): void {
    const bad = this.#pending;
    this.#pending = undefined;
    const expected = this.lastLsn + 1;
    if (frame.firstLsn > expected) {
      const reason = bad?.reason ?? `LSN ${frame.firstLsn} where ${expected} was expected`;
      this.#damage("frame", bad?.offset ?? offset, reason, expected, frame.firstLsn - 1);
      this.lastLsn = frame.firstLsn - 1;
      this.#identity = undefined;
      this.#current = undefined;
    } else if (bad !== undefined) {
      this.#damage("frame", bad.offset, emptyHanded(bad.reason));
    }
  }

  #records(frame: Frame, offset: number, opened: { body: Uint8Array; identity: Uint8Array }): void {
    const { readable } = this.#options;
    this.recordFrames++;
    this.lastLsn = frame.firstLsn + frame.count - 1;
    // Without the key the identity a carried frame repeats cannot be read.
    const carriedBlind = !readable && (frame.flags & FLAG_CARRIED) !== 0;
    this.#identity = carriedBlind ? undefined : opened.identity;
    this.#checkIndex(frame, offset);
    if (readable && !decodeRecords(opened.body, frame, { from: 1, to: 0 }, [])) {
      const message = "record lengths do not fill the frame";
      this.#damage("records", offset, message, frame.firstLsn, this.lastLsn);
      this.#current = undefined;
      return;
    }
    if (this.#current === undefined) {
      const { firstLsn } = frame;
      const segment = this.#segment;
      const stretch = { segment, start: offset, end: this.#end, firstLsn, lastLsn: this.lastLsn };
      this.#current = stretch;
      this.stretches.push(stretch);
    } else {
      this.#current.lastLsn = this.lastLsn;
      this.#current.end = this.#end;
    }
  }

  #checkIndex(frame: Frame, offset: number): void {
    for (;;) {
      const entry = this.#index[this.#indexed];
      if (entry === undefined || entry.offset > offset) return;
      this.#indexed++;
      if (entry.offset === offset && entry.lsn === frame.firstLsn) return;
      // An entry may belong to a frame that is damaged and reported already.
      if (entry.offset < offset && this.findings.length > 0) continue;
      const message = `the seal's index has LSN ${entry.lsn} at offset ${entry.offset}`;
      this.#damage("seal", offset, message, frame.firstLsn);
    }
  }

  #seal(offset: number, body: Uint8Array): void {
    this.sealed = true;
    this.#mark(body);
    if (!this.#options.readable) return;
    const seal = decodeSeal(body, this.#segment.header.firstLsn);
    if (seal === undefined) {
      this.#damage("seal", offset, "the seal cannot be decoded");
      return;
    }
    // Frames that are damaged are reported as such; the seal cannot agree with them.
    if (this.findings.length > 0) return;
    if (seal.recordFrames !== this.recordFrames) {
      const message = `the seal counts ${seal.recordFrames} record frames, ${this.recordFrames} are there`;
      this.#damage("seal", offset, message);
    } else if (this.#identity !== undefined && !equalBytes(seal.chain, this.#identity)) {
      this.#damage("seal", offset, "the seal names another last frame");
    } else if (this.#indexed < this.#index.length) {
      const entry = this.#index[this.#indexed]!;
      const message = `the seal's index has LSN ${entry.lsn} at offset ${entry.offset}, no frame starts there`;
      this.#damage("seal", offset, message);
    }
  }

  #mark(body: Uint8Array): void {
    if (!this.#options.readable) return;
    const mark = decodeMark(body);
    if (mark === undefined) return;
    this.lowLsn = Math.max(this.lowLsn, mark.lowLsn);
    this.checkpointLsn = Math.max(this.checkpointLsn, mark.checkpointLsn);
  }

  #damage(
    kind: LogFinding["kind"],
    offset: number,
    reason: string,
    lsn?: number,
    toLsn = lsn,
  ): void {
    const range = lsn === undefined || toLsn === undefined ? {} : { lsn, toLsn };
    const where = lsn === undefined || toLsn === undefined ? "" : `${lsnText(lsn, toLsn)}: `;
    const segment = this.#segment.name;
    const message = `${where}${reason}`;
    this.findings.push({ severity: "damage", kind, segment, offset, message, ...range });
  }
}

function emptyHanded(reason: string): string {
  return `no record was in it: ${reason}`;
}
