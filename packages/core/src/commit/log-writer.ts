/**
 * The write end of the log: drains the stripe into frames, rotates, carries, marks, seals. Every method is a
 * chain of storage steps; who calls them, when, and one at a time, is the flusher's task.
 */
import { wallTime } from "../clock.ts";
import { getU32 } from "../format/bytes.ts";
import { MARK_BODY_BYTES, type Mark, higherMark } from "../format/mark.ts";
import { ID_BYTES } from "../format/segment-header.ts";
import type { Io } from "../io.ts";
import type { Sequencer } from "../append/sequencer.ts";
import { type CarriedFrame, addCarried } from "../segment/carry.ts";
import type { GroupBuffer } from "../segment/group-buffer.ts";
import type { SegmentSet } from "../segment/segment-set.ts";
import { type BirthPlan, bornSegment, closeQuietly, discardQuietly } from "../segment/birth.ts";
import { SegmentWriter } from "../segment/segment-writer.ts";
import { CommittedFrames } from "./committed-frame.ts";
import { MAX_GROUP_BYTES, fillGroup } from "./fill-group.ts";
import type { LogWriterOptions } from "./log-writer-options.ts";
import { type Built, type WriteCounters, countBuilt, noWrites } from "./write-counters.ts";

export type { CommittedFrame } from "./committed-frame.ts";

export class LogWriter {
  readonly counters: WriteCounters = noWrites();
  /** Frames on their way to replication. */
  readonly committed: CommittedFrames = new CommittedFrames();
  readonly #options: LogWriterOptions;
  readonly #set: SegmentSet;
  #active: SegmentWriter | undefined;
  /** Of the segment sealed last: growing it anew for every segment would cost more than the records. */
  #spareBuffer: GroupBuffer | undefined;
  /** A segment was born in this lifetime: what recovery only read is durable now in its header. */
  #born = false;
  /** Records of a small predecessor, to be repeated in the first segment of this lifetime. */
  #carry: readonly CarriedFrame[];
  #vouchedLsn: number;
  #mark: Mark;
  #durableMark: Mark;
  /** What was written of the active segment is durable as soon as the group is that is being written. */
  #inFlight = false;
  readonly #built: Built = { records: 0, payloadBytes: 0 };
  /** Until the open is through, a file that could not be finished gives its space back. */
  opening = true;

  constructor(
    options: LogWriterOptions,
    set: SegmentSet,
    state: { carry: readonly CarriedFrame[]; mark: Mark; vouchedLsn: number },
  ) {
    this.#options = options;
    this.#set = set;
    this.#carry = state.carry;
    this.#mark = state.mark;
    this.#durableMark = state.mark;
    this.#vouchedLsn = state.vouchedLsn;
  }

  /** Highest LSN given to the storage. */
  get writtenLsn(): number {
    return this.#active?.writtenLsn ?? this.#set.lastLsn;
  }

  /** Highest LSN that has a frame, written or not. */
  get builtLsn(): number {
    return this.#active?.builtLsn ?? this.#set.lastLsn;
  }

  /** Frames are built and not yet given to the storage. */
  get hasBuilt(): boolean {
    return (this.#active?.builtBytes ?? 0) > 0;
  }

  get durableLsn(): number {
    return this.#set.lastLsn;
  }

  /** Highest LSN a durable frame vouches for. */
  get vouchedLsn(): number {
    return this.#vouchedLsn;
  }

  /** The watermarks, as far as they are durable. */
  get mark(): Mark {
    return this.#durableMark;
  }

  /** Bytes in the active file, or on their way there, that are not durable. */
  get undurableBytes(): number {
    return this.#active === undefined ? 0 : this.#active.size - this.#active.segment.end;
  }

  get active(): SegmentWriter | undefined {
    return this.#active;
  }

  /** Dead files may go: a segment of this lifetime is durable and vouches for all it repeats. */
  get maySweep(): boolean {
    const carriedTo = this.#set.newest?.header.carriedTo ?? 0;
    return this.#born && this.#vouchedLsn >= carriedTo;
  }

  /** Nothing on disk vouches yet for what is durable. */
  get needsMark(): boolean {
    return this.#active !== undefined && this.#vouchedLsn < this.durableLsn;
  }

  /** One group: as much of the stripe as goes into one write of one segment. */
  *commitGroup(source: Sequencer, durable: boolean): Io<void> {
    const next = source.nextBytes();
    let writer = this.hasBuilt ? this.#active : undefined;
    if (next !== undefined) writer ??= this.#fitting(next) ?? (yield* this.#writerFor(next));
    if (writer !== undefined) {
      this.#fill(writer, source, this.durableLsn);
      this.#inFlight = durable;
      yield* this.#write(writer, durable);
      this.#inFlight = false;
    } else if (durable && this.#active?.unsynced === true) {
      yield* this.#write(this.#active, true);
    }
  }

  /**
   * While a group is being written and synced: builds the next one, as far as whole frames wait for it.
   * They may vouch for that write, since nothing is written behind one that failed.
   */
  buildAhead(source: Sequencer): void {
    const { frameBytes } = this.#options;
    if (!this.#inFlight || source.pendingBytes < frameBytes) return;
    if (this.#active!.builtBytes > MAX_GROUP_BYTES) return;
    const writer = this.#fitting(source.nextBytes() ?? 0);
    if (writer !== undefined) this.#fill(writer, source, writer.writtenLsn, frameBytes);
  }

  /** Writes and syncs a mark: vouches for all that is durable, and keeps the watermarks. */
  *writeMark(wanted: Mark = this.#mark): Io<void> {
    // A full segment is sealed with the watermarks it has: a seal never brings new ones.
    if (this.#active !== undefined && this.#active.room() < MARK_BODY_BYTES) yield* this.roll();
    const before = this.#mark;
    // Calls may overtake each other, but no watermark ever moves back.
    this.#mark = higherMark(before, wanted);
    try {
      const active = this.#active;
      const writer = active ?? (yield* this.#birth({ reserve: true }));
      // A new header says the same and is synced by its birth; only carried records need the mark.
      if (active === undefined && !this.needsMark) return;
      if (writer.unsynced) yield* this.#write(writer, true);
      const { durableLsn } = this;
      writer.addMark(this.#mark, durableLsn, wallTime(this.#options.clock));
      yield* this.#write(writer, true);
      this.#vouchedLsn = durableLsn;
      this.#durableMark = this.#mark;
    } catch (error) {
      this.#mark = before;
      throw error;
    }
  }

  /** Writes records again that an unclean end left unvouched, and vouches for them. */
  *carryTail(
    tail: { carriedTo: number; replaced: boolean },
    batches: Iterable<readonly CarriedFrame[]>,
  ): Io<void> {
    const writer = yield* this.#birth({ ...tail, reserve: true });
    for (const frames of batches) {
      for (const frame of frames) addCarried(writer, frame);
      yield* this.#write(writer, false);
    }
    yield* this.#write(writer, true);
    this.#vouchedLsn = writer.segment.firstLsn - 1;
    yield* this.writeMark();
  }

  /** Seals the active segment; the next record opens a new one. */
  *roll(): Io<void> {
    const writer = this.#active;
    if (writer === undefined) return;
    if (this.hasBuilt) yield* this.#write(writer, true);
    yield* writer.seal(this.#mark, wallTime(this.#options.clock));
    this.counters.syncs += 1;
    this.#vouchedLsn = this.durableLsn;
    this.#spareBuffer = writer.buffer;
    this.#active = undefined;
    this.committed.announce();
  }

  /** After a failure: lets go of the file, writes nothing. */
  *abandon(): Io<void> {
    if (this.#active !== undefined) yield* this.#active.abandon();
  }

  /** After a carry that failed: the file is emptied, a stillborn that takes no space. */
  *discard(): Io<void> {
    if (this.#active !== undefined) yield* this.#active.discard();
  }

  /** The active segment, if a body of so many bytes still belongs into it. */
  #fitting(bodyBytes: number): SegmentWriter | undefined {
    const active = this.#active;
    if (active === undefined || active.fromReserve) return undefined;
    return active.room() >= bodyBytes || active.fresh ? active : undefined;
  }

  /** A new one, behind the active one if there is one. */
  *#writerFor(bodyBytes: number): Io<SegmentWriter> {
    const before = this.#active;
    yield* this.roll();
    const writer = yield* this.#birth({ reserve: false });
    if (before !== undefined) {
      this.counters.rotations++;
      this.#options.emit({
        type: "rotation",
        sealed: before.segment.name,
        next: writer.segment.name,
      });
    }
    // A carried predecessor may have filled the new segment already.
    return this.#fitting(bodyBytes) ?? (yield* this.#writerFor(bodyBytes));
  }

  #fill(writer: SegmentWriter, source: Sequencer, syncedLsn: number, least = 0): void {
    const { clock, frameBytes, onDrained } = this.#options;
    const { records } = this.#built;
    fillGroup(writer, source, { time: wallTime(clock), syncedLsn, frameBytes, least }, this.#built);
    if (this.#built.records > records) onDrained();
  }

  *#write(writer: SegmentWriter, durable: boolean): Io<void> {
    this.committed.collect(writer);
    const size = writer.segment.end;
    this.counters.frames += writer.group.length;
    countBuilt(this.counters, this.#built);
    // Frames of this group say "synced up to here"; that word stands once they are durable themselves.
    const vouches = writer.group.length > 0 ? this.durableLsn : this.#vouchedLsn;
    const oneHop = durable ? writer.oneHop() : undefined;
    if (oneHop === undefined) {
      yield* writer.write(durable);
    } else {
      yield oneHop;
      writer.oneHopDone();
    }
    this.counters.groups++;
    if (durable) {
      this.counters.syncs++;
      this.#vouchedLsn = Math.max(this.#vouchedLsn, vouches);
      this.counters.bytes += writer.segment.end - size;
      this.committed.announce();
    }
  }

  /** A new active segment, with a small predecessor's records repeated in it. */
  *#birth(wanted: { reserve: boolean; carriedTo?: number; replaced?: boolean }): Io<SegmentWriter> {
    const { storage, segmentBytes, cipher, crc32, clock, random } = this.#options;
    const carry = this.#carry;
    this.#carry = [];
    const place = this.#set.place(carry.length > 0 || wanted.replaced === true);
    const ring = this.#options.lowLsnAtBirth(place.predecessor.id);
    this.#mark = higherMark(this.#mark, { lowLsn: ring, checkpointLsn: ring });
    const plan: BirthPlan = {
      ...place,
      ...this.#mark,
      carriedTo: carry.length > 0 ? carry.at(-1)!.lastLsn : (wanted.carriedTo ?? 0),
      durableLsn: this.durableLsn,
      logId: this.#set.logId ?? random(new Uint8Array(ID_BYTES)),
      segmentId: this.#set.nextId(),
      epoch: (getU32(random(new Uint8Array(4)), 0) | 1) >>> 0,
      created: wallTime(clock),
      segmentBytes,
      reserve: wanted.reserve,
    };
    // While the log is being opened, a file that fails is emptied; a poisoned log changes nothing more.
    const giveUp = this.opening ? discardQuietly : closeQuietly;
    const { segment, file } = yield* bornSegment(storage, plan, { cipher, crc32 }, giveUp);
    const writer = new SegmentWriter(segment, file, segmentBytes, this.#spareBuffer);
    this.#spareBuffer = undefined;
    // From here on its file is closed with the log, whatever fails.
    this.#active = writer;
    for (const frame of carry) addCarried(writer, frame);
    if (carry.length > 0) {
      yield* writer.write(true);
      // The file they came from stays until something in this one vouches for them.
      this.#vouchedLsn = plan.firstLsn - 1;
    }
    this.#born = true;
    this.#set.add(writer.segment, plan.logId);
    this.#durableMark = this.#mark;
    this.#set.retire(this.#mark.lowLsn);
    return writer;
  }
}
