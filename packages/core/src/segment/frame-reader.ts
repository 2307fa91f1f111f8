/**
 * Walks over the frames of one file in large blocks. Every block is fresh memory that is never reused,
 * so what was read from it may be handed out. A file that ends inside a sector reads as if zeros
 * followed. It decides nothing: a bad frame is reported, not judged.
 */
import {
  FRAME_HEADER_BYTES,
  type Frame,
  type FrameContext,
  type FrameOutcome,
  bodyBytesAt,
  decodeFrame,
  frameBytes,
} from "../format/frame.ts";
import { SECTOR_BYTES } from "../format/segment-header.ts";
import type { StorageFile } from "../storage.ts";
import { ReadAhead } from "./read-ahead.ts";
import { readFully } from "./read-fully.ts";

/** The size of a block, unless one frame needs more: a frame of 256 KiB and its header. */
const BLOCK_BYTES = 264 * 1024;

export class FrameReader {
  readonly #file: StorageFile;
  readonly #context: FrameContext;
  readonly #blockBytes: number;
  #to: number;
  #offset: number;
  #lastFrameBytes = 1;
  #block: Uint8Array = new Uint8Array(0);
  #blockStart: number;
  readonly #ahead: ReadAhead | undefined;

  /**
   * Reads frames in `[from, to)`; `to` may lie beyond the end of the file. With `ahead`, from the second
   * block on the next one is read meanwhile; {@link settled} then comes before the file is closed.
   */
  constructor(
    file: StorageFile,
    context: FrameContext,
    range: { from: number; to: number; blockBytes?: number | undefined; ahead?: boolean },
  ) {
    this.#file = file;
    this.#context = context;
    this.#offset = range.from;
    this.#blockStart = range.from;
    this.#to = wholeSectors(range.to);
    this.#blockBytes = range.blockBytes ?? BLOCK_BYTES;
    if (range.ahead === true) this.#ahead = new ReadAhead(file);
  }

  /** File offset of the next frame. */
  get offset(): number {
    return this.#offset;
  }

  /** Where reading ends: what was asked for, or the end of the file once it was met. */
  get end(): number {
    return this.#to;
  }

  /** More of the file became readable. */
  extend(to: number): void {
    this.#to = Math.max(this.#to, wholeSectors(to));
  }

  /** The block that holds the frame {@link decode} returned last, and its place there. */
  get block(): Uint8Array {
    return this.#block;
  }

  get at(): number {
    return this.#offset - this.#blockStart;
  }

  /** Decodes the frame at `offset` from the block; `short` = call {@link load} first. */
  decode(): FrameOutcome {
    const available = this.#blockStart + this.#block.length - this.#offset;
    return decodeFrame(
      this.#block,
      this.at,
      { available, remaining: this.#to - this.#offset },
      this.#context,
    );
  }

  /** Goes on behind `frame`. */
  pass(frame: Frame): void {
    this.#offset += frame.size;
    this.#lastFrameBytes = frame.size;
  }

  /** Goes on at the next sector: where a frame could start behind damage. */
  skipSector(): void {
    this.#offset += SECTOR_BYTES;
  }

  /** To be called until at least `needBytes` from `offset` are there, or the end is known. */
  async load(needBytes: number): Promise<void> {
    const isFirst = this.#block.length === 0;
    const left = this.#to - this.#offset;
    // Neighbours are often of one size: a block of whole frames leaves nothing to be read again.
    const even = this.#blockBytes - (this.#blockBytes % this.#lastFrameBytes);
    const blockBytes = even > 0 ? even : this.#blockBytes;
    const wanted = Math.min(Math.max(needBytes, blockBytes), left);
    this.#block = (await this.#ahead?.take(this.#offset)) ?? (await this.#read(wanted));
    this.#blockStart = this.#offset;
    if (!isFirst && this.#ahead !== undefined) this.#readAhead(this.#ahead, blockBytes);
  }

  /** Nothing is read ahead any more. */
  async settled(): Promise<void> {
    await this.#ahead?.settled();
  }

  /** `wanted` bytes from `offset`, or what the file has of them; what the block holds is not read again. */
  async #read(wanted: number): Promise<Uint8Array> {
    const rest = this.#block.subarray(Math.min(this.at, this.#block.length));
    const block = new Uint8Array(Math.max(wanted, rest.length));
    block.set(rest);
    const from = this.#offset + rest.length;
    const got = await readFully(this.#file, block.subarray(rest.length), from);
    const length = wholeSectors(rest.length + got);
    if (length < wanted) this.#to = this.#offset + length;
    return block.subarray(0, length);
  }

  /** Begins with the first frame that is not whole in the block, if the block's lengths can be believed. */
  #readAhead(ahead: ReadAhead, bytes: number): void {
    const block = this.#block;
    let end = 0;
    for (;;) {
      if (end + FRAME_HEADER_BYTES > block.length) break;
      const next = end + frameBytes(bodyBytesAt(block, end));
      if (next > block.length) break;
      end = next;
    }
    const start = this.#blockStart + end;
    const length = Math.min(bytes, this.#to - start);
    if (end > 0 && length > 0) ahead.begin(start, length);
  }

  /** The next frame, loading as needed; `undefined` at the end, a reason at anything else. */
  async next(): Promise<{ frame: Frame } | { bad: string } | undefined> {
    for (;;) {
      if (this.#offset >= this.#to) return undefined;
      const outcome = this.decode();
      switch (outcome.kind) {
        case "frame":
          return { frame: outcome.frame };
        case "bad":
          return { bad: outcome.reason };
        case "short":
          // Each round depends on what the last one read.
          await this.load(outcome.needBytes);
      }
    }
  }
}

function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}
