/**
 * Writes zeros behind the end of a file in the background, so that the frames which follow fall on
 * space the file system has already put on disk: their sync then needs no journal commit.
 * Never over a frame: zeros are only ever *appended* (`O_APPEND`, atomic in the kernel), so they land
 * behind every byte the file has at that moment. It has a descriptor of its own, because a failed
 * sync is reported once per open file: seen here, it must still be seen by the log's own sync.
 * Knows nothing of frames but how far they reach and how large the groups are.
 */
import { constants } from "node:fs";
import type { FileCalls } from "./file-calls.ts";

/** Bytes of the first piece; each later one is twice as long, up to `largestPieceBytes`. */
export const firstPieceBytes: number = 256 * 1024;
/** Longest background piece. */
const largestPieceBytes = 1024 * 1024;
/** Length of the pieces a blocking writer writes itself: short, because it waits for them. */
const blockingPieceBytes = 256 * 1024;
/** With groups above this, writing everything twice costs more than the journal commits it saves. */
const bulkGroupBytes = 64 * 1024;
/** Groups to see before the first piece: a log that lives for three records needs no zeros. */
export const warmUpGroups = 4;
/** Groups to let pass after frames have overtaken a piece in flight. */
export const restGroups = 32;

/** Zeros are written from this one buffer, which nobody ever changes. */
const zeros = new Uint8Array(largestPieceBytes);
const blockBytes = 4096;

/** What a {@link ZeroAhead} needs to know of its file. */
export interface ZeroAheadOptions {
  readonly calls: FileCalls;
  readonly path: string;
  /** The file is never made longer than this by zeros. */
  readonly limitBytes: number;
  /** The file is so long already, of space that was written before; 0 unless given. */
  readonly writtenBytes?: number;
  /** `O_DSYNC`: the zeros are on the device when the call returns. */
  readonly durableWriteFlag: number;
}

interface Piece {
  readonly start: number;
  readonly settled: Promise<void>;
}

/** The zeros ahead of one file's frames. */
export class ZeroAhead {
  readonly #options: ZeroAheadOptions;
  #fd: number | undefined;
  /** Highest offset handed out for frames. */
  #framesEnd = 0;
  /** Where the file ends, zeros included, as far as is known. */
  #end = 0;
  #piece: Piece | undefined;
  #headerDurable = false;
  #stopped = false;
  #abandoned = false;
  #finalSize: number | undefined;
  #nextPieceBytes = firstPieceBytes;
  #groups = 0;
  #restUntilGroup = warmUpGroups;
  #averageGroupBytes = 0;

  constructor(options: ZeroAheadOptions) {
    this.#options = options;
    this.#end = options.writtenBytes ?? 0;
  }

  /** Bytes known to lie on disk behind the last frame, zeros or recycled. */
  get aheadBytes(): number {
    return Math.max(0, this.#end - this.#framesEnd);
  }

  /**
   * A frame is about to be written up to `end`. Where it would reach past the start of a piece in
   * flight, wait for the returned promise first: so the file never outgrows its limit.
   */
  claim(end: number): Promise<void> | undefined {
    const piece = this.#piece;
    this.claimBlocking(end);
    if (piece === undefined || end <= piece.start) return undefined;
    this.#rest();
    return piece.settled;
  }

  /** The same for a writer that cannot wait: the kernel keeps an append behind its bytes. */
  claimBlocking(end: number): void {
    if (end > this.#framesEnd) this.#framesEnd = end;
    if (end > this.#end) this.#end = end;
  }

  /** All that was written so far is durable: from now on something may lie behind it. */
  headerIsDurable(): void {
    this.#headerDurable = true;
  }

  /** A group of frames is durable: starts the next piece in the background if it is due. */
  groupWritten(bytes: number): void {
    const length = this.#nextLength(bytes, this.#nextPieceBytes);
    if (length === 0) return;
    this.#nextPieceBytes = Math.min(largestPieceBytes, this.#nextPieceBytes * 2);
    this.#piece = { start: this.#end, settled: this.#write(length) };
  }

  /** The same for a blocking writer: writes the next piece itself if it is due. */
  groupWrittenBlocking(bytes: number): void {
    const length = this.#nextLength(bytes, blockingPieceBytes);
    if (length === 0) return;
    const { blocking } = this.#options.calls;
    try {
      this.#fd ??= blocking.open(this.#options.path, this.#flags(), 0);
      const written = blocking.append(this.#fd, zeros.subarray(0, length));
      this.#end += written;
      if (written < length) this.#stopped = true;
    } catch {
      // A full or failing disk: the log goes on without zeros, its own writes will say so themselves.
      this.#stopped = true;
    }
  }

  /** No more zeros: waits for those in flight and closes the descriptor. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#piece?.settled;
    await this.#close();
  }

  /**
   * No more zeros, for a caller that cannot wait. A piece in flight ends in the background; if the
   * file has been cut to `finalSize`, what the piece added is cut off again.
   */
  stopBlocking(finalSize?: number): void {
    this.#stopped = true;
    if (finalSize !== undefined) this.#finalSize = finalSize;
    this.#abandoned = true;
    if (this.#piece !== undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) this.#options.calls.blocking.close(fd);
  }

  /** Length of the piece that is due now, 0 if none is. */
  #nextLength(groupBytes: number, wanted: number): number {
    this.#groups += 1;
    this.#averageGroupBytes += (groupBytes - this.#averageGroupBytes) / 8;
    if (this.#stopped || !this.#headerDurable || this.#piece !== undefined) return 0;
    if (this.#groups <= this.#restUntilGroup || this.#averageGroupBytes > bulkGroupBytes) return 0;
    if (this.aheadBytes >= wanted / 2) return 0;
    // Pieces end on a block boundary, so that the next one starts on a block of its own.
    const end = this.#end + wanted;
    return Math.max(0, Math.min(end - (end % blockBytes), this.#options.limitBytes) - this.#end);
  }

  /** Never rejects: zeros are a courtesy, and a log must not fail for want of them. */
  async #write(length: number): Promise<void> {
    const { calls, path } = this.#options;
    try {
      this.#fd ??= await calls.open(path, this.#flags(), 0);
      if ((await calls.append(this.#fd, zeros.subarray(0, length))) < length) this.#stopped = true;
      if (this.#finalSize !== undefined) await calls.truncate(this.#fd, this.#finalSize);
      // Asked, not added up: a blocking writer's frames may have got in before the zeros.
      this.#end = Math.max(this.#framesEnd, await calls.size(this.#fd));
      if (this.#abandoned) await this.#close();
    } catch {
      // A full or failing disk: the log goes on without zeros, its own writes will say so themselves.
      this.#stopped = true;
    }
    this.#piece = undefined;
  }

  async #close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await this.#options.calls.close(fd);
  }

  #rest(): void {
    this.#restUntilGroup = this.#groups + restGroups;
  }

  #flags(): number {
    return constants.O_WRONLY | constants.O_APPEND | this.#options.durableWriteFlag;
  }
}
