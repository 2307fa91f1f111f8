/**
 * Writes one segment once it is born: frames, then the seal. It builds frames in one reused buffer, so a group is one
 * write, and keeps "written" and "durable" apart. It decides nothing about when.
 */
import {
  FLAG_CARRIED,
  FLAG_SEALED,
  FRAME_HEADER_BYTES,
  FRAME_MARK,
  FRAME_RECORDS,
  FRAME_SEAL,
  finishFrame,
  frameBytes,
  putFrameHeader,
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
import { type Io, closeFile, syncFile, truncateFile, writeFile, writeFileAndSync } from "../io.ts";
import type { StorageFile } from "../storage.ts";
import { closeQuietly, discardQuietly } from "./birth.ts";
import { frameIdentity } from "./frame-body.ts";
import type { Segment } from "./segment.ts";

/** Always kept free for the seal. */
export const SEAL_RESERVE_BYTES: number = frameBytes(MAX_SEAL_BODY_BYTES + 16);
/** Frame sequences (nonces) stop well before 2^32. */
const MAX_SEQUENCE = 0x7fff_ffff;
const FIRST_BUFFER_BYTES = 64 * 1024;
/** A buffer above this is kept only while groups fill a good part of it: a huge record's is not. */
const KEEP_BUFFER_BYTES = 4 * 1024 * 1024;
const WELL_USED_SHARE = 1 / 4;

/** A body to frame: `fill` writes `bodyBytes` bytes at the place it is given. */
export interface FrameSource {
  readonly count: number;
  readonly firstLsn: number;
  readonly time: number;
  readonly bodyBytes: number;
  /** Identity of the frame this one repeats. */
  readonly repeats?: Uint8Array;
  readonly fill: (into: Uint8Array, at: number) => void;
}

/** A frame as it was written; the unit of replication. */
export interface WrittenFrame {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly offset: number;
  readonly size: number;
}

export class SegmentWriter {
  readonly segment: Segment;
  /** Frames built and not yet written, and where they will stand. */
  readonly group: WrittenFrame[] = [];
  readonly #file: StorageFile;
  readonly #limit: number;
  readonly #indexStep: number;
  readonly #index: IndexEntry[] = [];
  #buffer: Uint8Array;
  #built = 0;
  #offset = FRAMES_START;
  #sequence = 0;
  #recordFrames = 0;
  /** By how much the record frames would grow if the next life had to repeat them all. */
  #growth = 0;
  #lastLsn: number;
  #chain: Uint8Array;
  #unsynced = false;
  /** Of the frame built last. */
  #identity: Uint8Array = new Uint8Array(ID_BYTES);

  /** Goes on with a segment that was just born; {@link bornSegment}. */
  constructor(segment: Segment, file: StorageFile, segmentBytes: number, buffer?: Uint8Array) {
    this.#buffer = buffer ?? new Uint8Array(FIRST_BUFFER_BYTES);
    this.segment = segment;
    this.#file = file;
    this.#limit = segmentBytes;
    this.#indexStep = Math.ceil(segmentBytes / MAX_INDEX_ENTRIES);
    this.#lastLsn = segment.lastLsn;
    this.#chain = segment.chain;
    segment.index = this.#index;
  }

  /** The memory groups are built in; the next segment goes on with it. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  /** Last LSN written, durable or not. */
  get writtenLsn(): number {
    return this.#lastLsn;
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
    return this.#offset + this.#built;
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

  /** Adds a record frame to the group. `syncedLsn` must be durable now. */
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
    this.group.push({
      firstLsn: source.firstLsn,
      lastLsn: this.#lastLsn,
      offset,
      size: this.#built - at,
    });
  }

  /** Adds a mark: vouches for everything up to `syncedLsn`, makes the watermarks durable. */
  addMark(mark: Mark, syncedLsn: number, time: number): void {
    this.#addBare(FRAME_MARK, encodeMark(mark), syncedLsn, time);
  }

  /** Bytes of a frame of the current group, valid until the next frame is added after a write. */
  groupBytes(frame: WrittenFrame): Uint8Array {
    const at = frame.offset - this.#offset;
    return this.#buffer.subarray(at, at + frame.size);
  }

  /** Writes the group in one piece; with `durable`, also syncs it and all that was written before. */
  *write(durable: boolean): Io<void> {
    const bytes = this.#buffer.subarray(0, this.#built);
    if (bytes.length > 0) {
      const oneHop = durable && !this.#unsynced;
      this.#unsynced = true;
      if (oneHop) {
        yield* writeFileAndSync(this.#file, bytes, this.#offset);
        this.#unsynced = false;
      } else {
        yield* writeFile(this.#file, bytes, this.#offset);
      }
      this.#offset += bytes.length;
      this.#built = 0;
      this.group.length = 0;
      const isWellUsed = bytes.length >= this.#buffer.length * WELL_USED_SHARE;
      if (this.#buffer.length > KEEP_BUFFER_BYTES && !isWellUsed) {
        this.#buffer = new Uint8Array(KEEP_BUFFER_BYTES);
      }
    }
    if (durable) yield* this.sync();
  }

  /** After this, all that was written is durable (I3), and readers may see it (I11). */
  *sync(): Io<void> {
    if (this.#unsynced) {
      yield* syncFile(this.#file);
      this.#unsynced = false;
    }
    this.segment.end = this.#offset;
    this.segment.lastLsn = this.#lastLsn;
    this.segment.chain = this.#chain;
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
    const { cipher, context } = this.segment;
    const prefix = source.repeats?.length ?? 0;
    const plainBytes = prefix + source.bodyBytes;
    const bodyBytes = plainBytes + this.#overhead;
    const at = this.#built;
    this.#reserve(at + frameBytes(bodyBytes));
    const buffer = this.#buffer;
    const start = at + FRAME_HEADER_BYTES;
    if (source.repeats !== undefined) buffer.set(source.repeats, start);
    source.fill(buffer, start + prefix);
    const sequence = ++this.#sequence;
    putFrameHeader(buffer, at, context.epoch, {
      type,
      flags: (cipher === undefined ? 0 : FLAG_SEALED) | (prefix === 0 ? 0 : FLAG_CARRIED),
      count: source.count,
      sequence,
      firstLsn: source.firstLsn,
      syncedLsn,
      time: source.time,
      bodyBytes,
    });
    if (cipher !== undefined) {
      const aad = buffer.subarray(at + 4, start);
      const plain = buffer.subarray(start, start + plainBytes);
      cipher.seal(sequence, aad, plain, buffer.subarray(start, start + bodyBytes));
    }
    const crc = finishFrame(buffer, at, bodyBytes, context);
    const end = start + bodyBytes;
    const tag = cipher === undefined ? undefined : buffer.subarray(end - ID_BYTES, end);
    this.#identity = frameIdentity(crc, tag);
    this.#built = at + frameBytes(bodyBytes);
    if (type === FRAME_RECORDS && prefix === 0) {
      this.#growth += frameBytes(bodyBytes + ID_BYTES) - frameBytes(bodyBytes);
    }
    return at;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(bytes, Math.min(this.#buffer.length * 2, bytes * 2)));
    larger.set(this.#buffer.subarray(0, this.#built));
    this.#buffer = larger;
  }
}
