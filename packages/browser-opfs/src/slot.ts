/**
 * One slot: a file that is made once, kept open, and lent to one file of the log after the other.
 * Knows its header and its payload; knows nothing of other slots, of names in use, or of records.
 *
 * Header changes: the copy that is surely on disk is never overwritten before the other one is synced.
 * A change goes to the other copy; the next flush makes it count, and writes the twin behind it.
 */
import { WalError } from "@stria/core";
import { noSpace, readAll, reserve, writeAll } from "./sync-access.ts";
import type { SyncAccess } from "./platform.ts";
import { encodeHeader } from "./slot-header.ts";
import type { SlotHeader } from "./slot-header.ts";
import { copyOffsets, payloadOffset } from "./slot-layout.ts";

/** What is zeroed before a used slot takes a new name: the segment's header blocks and its first frame's place. */
export const zeroedHeadBytes = 16_384;

const zeroBlock = new Uint8Array(65_536);

/** How a slot was found on disk, for {@link Slot}. */
export interface FoundSlot {
  readonly header: SlotHeader;
  /** The copy that is surely on disk. */
  readonly copy: 0 | 1;
}

export class Slot {
  /** Open views: a removed file's slot is not lent again while somebody reads it. */
  views = 0;
  readonly #handle: SyncAccess;
  #header: SlotHeader;
  /** Bytes of the file that lives here, as far as this lifetime knows. */
  #length: number;
  /** False while {@link #length} is only an upper bound, left by a lifetime that did not end cleanly. */
  #lengthKnown: boolean;
  /** Behind this the payload is zeros. */
  #staleEnd: number;
  /** From the length up to here the payload is zeros too, though {@link #staleEnd} lies behind. */
  #cleanHead = 0;
  #safeCopy: 0 | 1;
  /** The other copy is newer and not synced. */
  #changed = false;
  /** The other copy is equal and not synced. */
  #twinUnsynced = false;
  #failure: unknown;
  #closed = false;

  constructor(handle: SyncAccess, found: FoundSlot) {
    const { header } = found;
    this.#handle = handle;
    this.#header = header;
    this.#safeCopy = found.copy;
    this.#length = header.length;
    this.#lengthKnown = header.exactLength;
    // An upper bound that never reached the disk may have been passed by bytes that did.
    this.#staleEnd = header.exactLength ? header.staleEnd : header.payloadBytes;
  }

  get number(): number {
    return this.#header.slot;
  }

  /** Empty: free. */
  get name(): string {
    return this.#header.name;
  }

  get bornMs(): number {
    return this.#header.bornMs;
  }

  get length(): number {
    return this.#length;
  }

  /** False after a failed sync: what the disk has is known only after opening again. */
  get usable(): boolean {
    return this.#failure === undefined && !this.#closed;
  }

  /** Lends this free slot to the file `name`, which starts empty. On disk when it returns, but for the twin. */
  claim(name: string, payloadBytes: number): void {
    this.#fit(payloadBytes);
    const head = Math.min(zeroedHeadBytes, payloadBytes, this.#staleEnd);
    if (head > 0) {
      this.#zero(0, head);
      this.flush();
    }
    const length = Math.min(this.#step(), payloadBytes);
    this.#change({ name, exactLength: false, length, staleEnd: this.#staleEnd });
    this.flush();
    this.#length = 0;
    this.#lengthKnown = true;
    this.#cleanHead = zeroedHeadBytes;
  }

  /** Gives the slot back. On disk when it returns, but for the twin. */
  free(): void {
    const staleEnd = Math.max(this.#staleEnd, this.#header.length);
    this.#change({ name: "", exactLength: true, length: 0, staleEnd });
    this.flush();
    // The length stays: whoever still reads the removed file reads it to its end.
    this.#staleEnd = staleEnd;
  }

  read(into: Uint8Array, at: number): number {
    this.#assertOpen();
    const count = Math.min(into.length, this.#length - at);
    if (count <= 0) return 0;
    return readAll(this.#handle, into.subarray(0, count), payloadOffset + at);
  }

  write(bytes: Uint8Array, at: number): void {
    this.#assertLent();
    const { payloadBytes } = this.#header;
    const end = at + bytes.length;
    if (end > payloadBytes)
      throw noSpace(`a write up to ${end} in a slot of ${payloadBytes} bytes`);
    if (at > this.#length) this.#zero(Math.max(this.#length, this.#cleanHead), at);
    if (end > this.#header.length) this.#raiseBound(end);
    try {
      writeAll(this.#handle, bytes, payloadOffset + at);
    } catch (error) {
      // Part of it may be there: leave the bound where it is, and the bytes as evidence.
      this.#lengthKnown = false;
      this.#staleEnd = Math.max(this.#staleEnd, end);
      this.#cleanHead = 0;
      throw error;
    }
    this.#length = Math.max(this.#length, end);
  }

  /** Sets the length. On disk with the next flush: a crash before it leaves a longer file, as on any disk. */
  truncate(size: number): void {
    this.#assertLent();
    const { payloadBytes } = this.#header;
    if (size > payloadBytes) throw noSpace(`a file of ${size} bytes in a slot of ${payloadBytes}`);
    if (size > this.#length) this.#zero(Math.max(this.#length, this.#cleanHead), size);
    const staleEnd = Math.max(this.#staleEnd, this.#header.length);
    this.#change({ exactLength: true, length: size, staleEnd });
    this.#staleEnd = staleEnd;
    this.#cleanHead = 0;
    this.#length = size;
    this.#lengthKnown = true;
  }

  /** Makes payload and header changes durable. Never retried after it failed. */
  flush(): void {
    this.#assertUsable();
    try {
      this.#handle.flush();
      this.#twinUnsynced = this.#changed;
      if (!this.#changed) return;
      this.#safeCopy = this.#otherCopy();
      this.#changed = false;
      writeAll(this.#handle, encodeHeader(this.#header), copyOffsets[this.#otherCopy()]);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Brings both copies of the header to the disk. */
  settle(): void {
    if (this.#changed) this.flush();
    if (this.#twinUnsynced) this.flush();
  }

  /** Rewrites a header copy that was found bad or old; an upper bound read from the remaining one is not believed. */
  heal(twin: "older" | "bad"): void {
    const { exactLength, payloadBytes } = this.#header;
    const doubted = twin === "bad" && !exactLength;
    if (doubted) this.#length = payloadBytes;
    this.#change(doubted ? { length: payloadBytes } : {});
    this.settle();
  }

  /**
   * Writes down the length this lifetime knows better than one after a crash would; durable with the next
   * flush. `ended`: nobody has the file open any more.
   */
  noteLength({ ended }: { ended: boolean }): void {
    const { exactLength, length, payloadBytes } = this.#header;
    if (!this.usable || this.name === "" || exactLength || !this.#lengthKnown) return;
    const staleEnd = Math.max(this.#staleEnd, length);
    this.#change({
      exactLength: true,
      length: this.#length,
      staleEnd: ended ? staleEnd : payloadBytes,
    });
    this.#staleEnd = staleEnd;
  }

  /** Says its last word, and lets the file go even if that fails. */
  close(): void {
    if (this.#closed) return;
    try {
      this.noteLength({ ended: true });
      if (this.usable) this.settle();
    } finally {
      this.#closed = true;
      this.#handle.close();
    }
  }

  /** Before a free slot is lent: the size it has may be from other settings, or from a birth cut short. */
  #fit(payloadBytes: number): void {
    this.#assertUsable();
    const bytes = payloadOffset + payloadBytes;
    if (this.#handle.getSize() !== bytes) reserve(this.#handle, bytes);
    if (this.#header.payloadBytes === payloadBytes) return;
    const staleEnd = Math.min(this.#staleEnd, payloadBytes);
    this.#change({ payloadBytes, staleEnd });
    this.#staleEnd = staleEnd;
  }

  /** Moves the header's upper bound of the length past `end`, a good step ahead; rides on the caller's next flush. */
  #raiseBound(end: number): void {
    const { payloadBytes, exactLength, staleEnd } = this.#header;
    const step = this.#step();
    const length = Math.min(Math.ceil(end / step) * step, payloadBytes);
    this.#change({ exactLength: false, length, staleEnd: this.#staleEnd });
    // An ended file grows again: its bytes must not reach the disk before a header that allows for them.
    if (exactLength && staleEnd < payloadBytes) this.flush();
  }

  /** How far the bound runs ahead: what a scan after a crash reads in vain, against a header write each. */
  #step(): number {
    return Math.max(4096, Math.ceil(this.#header.payloadBytes / 8 / 4096) * 4096);
  }

  #change(part: Partial<SlotHeader>): void {
    this.#assertUsable();
    const header = { ...this.#header, ...part, generation: this.#header.generation + 1 };
    try {
      writeAll(this.#handle, encodeHeader(header), copyOffsets[this.#otherCopy()]);
    } catch (error) {
      // The copy may be torn now and must not be made to count by a later flush.
      this.#failure = error;
      throw error;
    }
    this.#header = header;
    this.#changed = true;
  }

  /** Zeros what a former life may have left in `[from, to)`. */
  #zero(from: number, to: number): void {
    const end = Math.min(to, this.#staleEnd);
    for (let at = from; at < end; at += zeroBlock.length) {
      writeAll(this.#handle, zeroBlock.subarray(0, end - at), payloadOffset + at);
    }
  }

  #otherCopy(): 0 | 1 {
    return this.#safeCopy === 0 ? 1 : 0;
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new WalError("WAL_CLOSED", "OPFS storage: its lock was released; take it again");
  }

  #assertLent(): void {
    this.#assertUsable();
    if (this.name !== "") return;
    throw new WalError("WAL_STORAGE", `slot ${this.number}: its file was removed`);
  }

  #assertUsable(): void {
    this.#assertOpen();
    if (this.#failure === undefined) return;
    const message = `slot ${this.number}: an earlier sync failed, nothing is written until it is opened again`;
    throw new WalError("WAL_STORAGE", message, { cause: this.#failure });
  }
}
