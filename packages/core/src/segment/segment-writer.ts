/**
 * Writes one segment once it is born: frames, then the seal. It builds frames in reused memory, so a group is one
 * write, and keeps "built", "written" and "durable" apart. It decides nothing about when.
 */
import {
  FRAME_HEADER_BYTES,
  FRAME_MARK,
  FRAME_RECORDS,
  FRAME_SEAL,
  frameBytes,
} from "../format/frame.ts";
import {
  type IndexEntry,
  MAX_INDEX_ENTRIES,
  MAX_SEAL_BODY_BYTES,
  type Mark,
  encodeMark,
  encodeSeal,
} from "../format/mark.ts";
import { FRAMES_START, ID_BYTES, SECTOR_BYTES } from "../format/segment-header.ts";
import {
  type Io,
  type IoStep,
  WriteAndSync,
  closeFile,
  syncFile,
  truncateFile,
  writeFile,
} from "../io.ts";
import type { StorageFile } from "../storage.ts";
import { closeQuietly, discardQuietly } from "./birth.ts";
import { buildFrame } from "./build-frame.ts";
import type { FrameSource, WrittenFrame } from "./frame-source.ts";
import { GroupBuffer } from "./group-buffer.ts";
import type { Segment } from "./segment.ts";

/** Always kept free for the seal. */
export const SEAL_RESERVE_BYTES: number = frameBytes(MAX_SEAL_BODY_BYTES + 16);
/** Frame sequences (nonces) stop well before 2^32. */
const MAX_SEQUENCE = 0x7fff_ffff;

export class SegmentWriter {
  readonly segment: Segment;
  #group: WrittenFrame[] = [];
  readonly #file: StorageFile;
  readonly #limit: number;
  readonly #indexStep: number;
  readonly #index: IndexEntry[] = [];
  readonly #buffer: GroupBuffer;
  /** Where the group that is being built will stand: everything before was given to the storage. */
  #offset = FRAMES_START;
  #sequence = 0;
  #recordFrames = 0;
  /** By how much the record frames would grow if the next life had to repeat them all. */
  #growth = 0;
  /** Of the record frame built last, and the place it has in the chain. */
  #lastLsn: number;
  #chain: Uint8Array;
  /** The same of the one given to the storage last. */
  #writtenLsn: number;
  #writtenChain: Uint8Array;
  #unsynced = false;
  /** Of the frame built last. */
  #identity: Uint8Array = new Uint8Array(ID_BYTES);

  /** Goes on with a segment that was just born; {@link bornSegment}. */
  constructor(segment: Segment, file: StorageFile, segmentBytes: number, buffer?: GroupBuffer) {
    this.#buffer = buffer ?? new GroupBuffer();
    this.segment = segment;
    this.#file = file;
    this.#limit = segmentBytes;
    this.#indexStep = Math.ceil(segmentBytes / MAX_INDEX_ENTRIES);
    this.#lastLsn = this.#writtenLsn = segment.lastLsn;
    this.#chain = this.#writtenChain = segment.chain;
    segment.index = this.#index;
  }

  /** Frames built and not yet written, and where they will stand. */
  get group(): readonly WrittenFrame[] {
    return this.#group;
  }

  /** The memory groups are built in; the next segment goes on with it. */
  get buffer(): GroupBuffer {
    return this.#buffer;
  }

  /** Last LSN that has a frame, written or not. */
  get builtLsn(): number {
    return this.#lastLsn;
  }

  /** Bytes built and not yet given to the storage. */
  get builtBytes(): number {
    return this.#buffer.used;
  }

  /** Last LSN given to the storage, durable or not. */
  get writtenLsn(): number {
    return this.#writtenLsn;
  }

  /** Bytes written and not yet synced? */
  get unsynced(): boolean {
    return this.#unsynced;
  }

  /** Its file is one of the last, kept for opening and checkpoints: new records go into another. */
  get fromReserve(): boolean {
    return this.#file.fromReserve === true;
  }

  /** Bytes of the file so far, built frames included. */
  get size(): number {
    return this.#offset + this.#buffer.used;
  }

  /**
   * Body bytes that still fit into one more frame; below 0 = rotate. A first frame may be larger.
   * Room is kept for the identities that repeated frames carry: were a kill to leave more than a file
   * of the storage can hold, the log could not be opened any more.
   */
  room(): number {
    if (this.#sequence >= MAX_SEQUENCE) return -1;
    const left = this.#limit - SEAL_RESERVE_BYTES - this.size - this.#growth;
    return left - FRAME_HEADER_BYTES - SECTOR_BYTES - ID_BYTES - this.#overhead;
  }

  /** No record frame was built yet. */
  get empty(): boolean {
    return this.#recordFrames === 0;
  }

  /** No frame was built yet, not even a mark: a frame of any size the storage takes fits. */
  get fresh(): boolean {
    return this.size === FRAMES_START;
  }

  /** Adds a record frame to the group. `syncedLsn` must be durable when the group is written. */
  addRecords(source: FrameSource, syncedLsn: number): void {
    const at = this.#addFrame(FRAME_RECORDS, source, syncedLsn);
    const offset = this.#offset + at;
    this.#recordFrames++;
    this.#lastLsn = source.firstLsn + source.count - 1;
    this.#chain = source.repeats ?? this.#identity;
    const lastIndexed = this.#index.at(-1);
    if (lastIndexed === undefined || offset - lastIndexed.offset >= this.#indexStep) {
      this.#index.push({ lsn: source.firstLsn, offset });
    }
    this.#group.push({
      firstLsn: source.firstLsn,
      lastLsn: this.#lastLsn,
      offset,
      size: this.#buffer.used - at,
    });
  }

  /** Adds a mark: vouches for everything up to `syncedLsn`, makes the watermarks durable. */
  addMark(mark: Mark, syncedLsn: number, time: number): void {
    this.#addBare(FRAME_MARK, encodeMark(mark), syncedLsn, time);
  }

  /** Bytes of a frame of the group, valid until the next frame is added. */
  groupBytes(frame: WrittenFrame): Uint8Array {
    const at = frame.offset - this.#offset;
    return this.#buffer.view(at, at + frame.size);
  }

  /** Writes the group in one piece; with `durable`, also syncs it and all that was written before. */
  *write(durable: boolean): Io<void> {
    if (this.#buffer.used > 0) {
      this.#unsynced = true;
      const at = this.#offset;
      yield* writeFile(this.#file, this.#handOver(), at);
    }
    if (durable) yield* this.sync();
  }

  /**
   * The group as one durable write, where nothing else waits for a sync: whoever performs the step calls
   * {@link oneHopDone} behind it. What every group takes; {@link write} is for all that is rare.
   */
  oneHop(): IoStep | undefined {
    if (this.#buffer.used === 0 || this.#unsynced) return undefined;
    this.#unsynced = true;
    const at = this.#offset;
    return new WriteAndSync(this.#file, this.#handOver(), at);
  }

  /** The step of {@link oneHop} has succeeded. */
  oneHopDone(): void {
    this.#unsynced = false;
    this.#durable();
  }

  /** After this, all that was written is durable (I3), and readers may see it (I11). */
  *sync(): Io<void> {
    if (this.#unsynced) {
      yield* syncFile(this.#file);
      this.#unsynced = false;
    }
    this.#durable();
  }

  /** Ends the segment: everything synced, then the seal that says so, then no preallocated space. */
  *seal(mark: Mark, time: number): Io<void> {
    yield* this.write(true);
    const index = this.#index.slice(0, MAX_INDEX_ENTRIES);
    const seal = { ...mark, chain: this.#chain, recordFrames: this.#recordFrames, index };
    this.#addBare(FRAME_SEAL, encodeSeal(seal, this.segment.firstLsn), this.#lastLsn, time);
    const end = this.size;
    yield* this.write(false);
    yield* truncateFile(this.#file, end);
    yield* this.sync();
    this.segment.sealed = true;
    yield* closeFile(this.#file);
  }

  /** Closes the file as it is: a poisoned log writes nothing any more. */
  *abandon(): Io<void> {
    yield* closeQuietly(this.#file);
  }

  /** Gives the space of an unfinished file back, as far as the storage still does anything. */
  *discard(): Io<void> {
    yield* discardQuietly(this.#file);
  }

  /** The group goes to the storage; from here on the next one is built. */
  #handOver(): Uint8Array {
    this.#offset += this.#buffer.used;
    this.#writtenLsn = this.#lastLsn;
    this.#writtenChain = this.#chain;
    // A new one costs less than emptying the old one.
    this.#group = [];
    return this.#buffer.take();
  }

  #durable(): void {
    const { segment } = this;
    segment.end = this.#offset;
    segment.lastLsn = this.#writtenLsn;
    segment.chain = this.#writtenChain;
  }

  get #overhead(): number {
    return this.segment.cipher?.tagBytes ?? 0;
  }

  #addBare(type: number, body: Uint8Array, syncedLsn: number, time: number): void {
    this.#addFrame(
      type,
      {
        count: 0,
        firstLsn: this.#lastLsn + 1,
        time,
        bodyBytes: body.length,
        fill: (into, at) => into.set(body, at),
      },
      syncedLsn,
    );
  }

  /** Builds one frame at the end of the group; returns its place in the buffer. */
  #addFrame(type: number, source: FrameSource, syncedLsn: number): number {
    const at = this.#buffer.used;
    const sequence = ++this.#sequence;
    this.#identity = buildFrame(this.#buffer, this.segment, { type, sequence, syncedLsn, source });
    if (type === FRAME_RECORDS && source.repeats === undefined) {
      const repeated = source.bodyBytes + this.#overhead + ID_BYTES;
      this.#growth += frameBytes(repeated) - (this.#buffer.used - at);
    }
    return at;
  }
}
