/** What the parent knows to be acknowledged: the SHA-256 of each record, by LSN. */
import { createHash } from "node:crypto";
import { DIGEST_BYTES } from "./messages.ts";

export class Evidence {
  #digests: Buffer = Buffer.alloc(1024 * DIGEST_BYTES);
  #known: Uint8Array = new Uint8Array(1024);
  #count = 0;
  #lastLsn = 0;

  /** Acknowledged records. */
  get count(): number {
    return this.#count;
  }

  /** The highest acknowledged LSN. */
  get lastLsn(): number {
    return this.#lastLsn;
  }

  /** Takes acknowledgements in. @throws Error if an LSN was acknowledged before. */
  add(lsns: readonly number[], digests: Uint8Array): void {
    lsns.forEach((lsn, i) => {
      this.#reserve(lsn);
      if (this.#known[lsn] === 1) throw new Error(`LSN ${lsn} was acknowledged twice`);
      this.#known[lsn] = 1;
      this.#digests.set(
        digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
        lsn * DIGEST_BYTES,
      );
      this.#count++;
      this.#lastLsn = Math.max(this.#lastLsn, lsn);
    });
  }

  /** Was it acknowledged, and is it the same record? */
  compare(lsn: number, record: Uint8Array): "same" | "different" | "unknown" {
    if (this.#known[lsn] !== 1) return "unknown";
    const digest = createHash("sha256").update(record).digest();
    const at = lsn * DIGEST_BYTES;
    return digest.equals(this.#digests.subarray(at, at + DIGEST_BYTES)) ? "same" : "different";
  }

  #reserve(lsn: number): void {
    if (lsn < this.#known.length) return;
    const slots = Math.max(lsn + 1, this.#known.length * 2);
    const known = new Uint8Array(slots);
    known.set(this.#known);
    this.#known = known;
    const digests = Buffer.alloc(slots * DIGEST_BYTES);
    digests.set(this.#digests);
    this.#digests = digests;
  }
}
