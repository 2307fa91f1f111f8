/**
 * Walks over the frames of one file in large blocks. Every block is fresh memory that is never reused,
 * so what was read from it may be handed out. A file that ends inside a sector reads as if zeros
 * followed. It decides nothing: a bad frame is reported, not judged.
 */
import { type Frame, type FrameContext, type FrameOutcome, decodeFrame } from "../format/frame.ts";
import { SECTOR_BYTES } from "../format/segment-header.ts";
import type { StorageFile } from "../storage.ts";

/** Read-ahead: the size of a block, unless one frame needs more. */
const BLOCK_BYTES = 384 * 1024;

export class FrameReader {
  readonly #file: StorageFile;
  readonly #context: FrameContext;
  readonly #blockBytes: number;
  #to: number;
  #offset: number;
  #lastFrameBytes = 1;
  #block = new Uint8Array(0);
  #blockStart: number;

  /** Reads frames in `[from, to)`; `to` may lie beyond the end of the file. */
  constructor(
    file: StorageFile,
    context: FrameContext,
    range: { from: number; to: number; blockBytes?: number | undefined },
  ) {
    this.#file = file;
    this.#context = context;
    this.#offset = range.from;
    this.#blockStart = range.from;
    this.#to = wholeSectors(range.to);
    this.#blockBytes = range.blockBytes ?? BLOCK_BYTES;
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

  /** Reads ahead so that at least `needBytes` from `offset` are there, or the end is known. */
  async load(needBytes: number): Promise<void> {
    const rest = this.#block.subarray(Math.min(this.at, this.#block.length));
    // Neighbours are often of one size: a block of whole frames leaves nothing to be copied into the next.
    const even = this.#blockBytes - (this.#blockBytes % this.#lastFrameBytes);
    const ahead = even > 0 ? even : this.#blockBytes;
    const wanted = Math.min(Math.max(needBytes, ahead), this.#to - this.#offset);
    const block = new Uint8Array(Math.max(wanted, rest.length));
    block.set(rest);
    const got = await readFully(
      this.#file,
      block.subarray(rest.length),
      this.#offset + rest.length,
    );
    const length = wholeSectors(rest.length + got);
    this.#block = block.subarray(0, length);
    this.#blockStart = this.#offset;
    if (length < wanted) this.#to = this.#offset + length;
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

/** Reads until `into` is full or the file ends; returns the count. */
export async function readFully(file: StorageFile, into: Uint8Array, at: number): Promise<number> {
  let got = 0;
  while (got < into.length) {
    // A short read says nothing about the end: only 0 does.
    const count = await file.read(into.subarray(got), at + got);
    if (count === 0) break;
    got += count;
  }
  return got;
}
