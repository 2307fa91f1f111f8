/**
 * The live segments in order, where a new one would stand, and which files are no longer part of the
 * log. Pure bookkeeping: whoever changes it has done the I/O.
 */
import { ID_BYTES, type Predecessor } from "../format/segment-header.ts";
import type { Segment } from "./segment.ts";

/** Where a new segment stands in the chain. */
export interface Place {
  readonly predecessor: Predecessor;
  readonly firstLsn: number;
  readonly gapAfter: number;
}

/** A file that may be removed once nobody reads it. */
export interface DeadFile {
  readonly name: string;
  readonly segment: Segment | undefined;
}

export class SegmentSet {
  /** Oldest first. */
  readonly segments: Segment[];
  readonly dead: DeadFile[];
  /** Dead files the storage has refused to remove. */
  readonly refused: Set<string> = new Set();
  #logId: Uint8Array | undefined;
  #maxId: number;
  readonly #baseLsn: number;
  readonly #pins = new Map<Segment, number>();

  constructor(state: {
    segments: Segment[];
    dead: readonly string[];
    logId: Uint8Array | undefined;
    maxId: number;
    /** The log starts behind this LSN while it has no segment. */
    baseLsn: number;
  }) {
    this.segments = state.segments;
    this.dead = state.dead.map((name) => ({ name, segment: undefined }));
    this.#logId = state.logId;
    this.#maxId = state.maxId;
    this.#baseLsn = state.baseLsn;
  }

  get logId(): Uint8Array | undefined {
    return this.#logId;
  }

  get newest(): Segment | undefined {
    return this.segments.at(-1);
  }

  /** Last durable record. */
  get lastLsn(): number {
    return this.newest?.lastLsn ?? this.#baseLsn;
  }

  /** Identity of the last durable record frame; zeros in an empty log. */
  get chain(): Uint8Array {
    return this.newest?.chain ?? new Uint8Array(ID_BYTES);
  }

  /** Bytes of all live files, as far as they are durable. */
  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.end, 0);
  }

  /** Ids are never given out twice, whatever became of the file (I5). */
  nextId(): number {
    return ++this.#maxId;
  }

  /**
   * Where the next segment stands: behind the newest one, or in its place if it is `replaced` (its
   * records are repeated) or holds no record: a header never names an empty segment.
   */
  place(replaced: boolean): Place {
    const { newest } = this;
    if (newest === undefined) {
      const chain = new Uint8Array(ID_BYTES);
      return {
        predecessor: { id: 0, cutLsn: this.#baseLsn, cutOffset: 0, chain },
        firstLsn: this.#baseLsn + 1,
        gapAfter: 0,
      };
    }
    if (replaced || newest.lastLsn < newest.firstLsn) {
      const { predecessor, firstLsn, gapAfter } = newest.header;
      return { predecessor, firstLsn, gapAfter };
    }
    const { id, lastLsn: cutLsn, end: cutOffset, chain } = newest;
    return { predecessor: { id, cutLsn, cutOffset, chain }, firstLsn: cutLsn + 1, gapAfter: 0 };
  }

  /** Takes a newly born segment in; the one it jumps over is dead. */
  add(segment: Segment, logId: Uint8Array): void {
    this.#logId = logId;
    const { newest } = this;
    if (newest !== undefined && segment.header.predecessor.id !== newest.id) {
      this.segments.pop();
      this.dead.push({ name: newest.name, segment: newest });
    }
    this.segments.push(segment);
  }

  /** Retires the oldest segments whose last LSN is at or below `lowLsn`; never the newest. */
  retire(lowLsn: number): void {
    while (this.segments.length > 1 && this.segments[0]!.lastLsn <= lowLsn) {
      const segment = this.segments.shift()!;
      this.dead.push({ name: segment.name, segment });
    }
  }

  /** The segment that holds `lsn`, or would hold it next; `undefined` below the oldest one. */
  find(lsn: number): Segment | undefined {
    for (let i = this.segments.length - 1; i >= 0; i--) {
      const segment = this.segments[i]!;
      if (segment.firstLsn <= lsn) return segment;
    }
    return undefined;
  }

  /** The live segment that follows LSN `lsn`; an empty one may end the log behind a recorded gap. */
  after(lsn: number): Segment | undefined {
    return this.segments.find((segment) => segment.lastLsn > lsn || segment.firstLsn > lsn);
  }

  /** Keeps a segment's file while somebody reads it. */
  pin(segment: Segment): () => void {
    this.#pins.set(segment, (this.#pins.get(segment) ?? 0) + 1);
    return () => {
      const left = (this.#pins.get(segment) ?? 1) - 1;
      if (left === 0) this.#pins.delete(segment);
      else this.#pins.set(segment, left);
    };
  }

  pinned(segment: Segment | undefined): boolean {
    return segment !== undefined && this.#pins.has(segment);
  }

  /** Oldest segment somebody reads. */
  oldestPinned(): Segment | undefined {
    return this.segments.find((segment) => this.#pins.has(segment));
  }
}
