/**
 * Stands in for the keys nobody gave: walks an encrypted log by what is in the clear. Every body reads
 * as zeros, so neither watermarks nor records can be taken from it; tags, the chain's links, are real.
 */
import type { Cipher, SegmentCipher } from "../cipher.ts";
import { WalError } from "../errors.ts";
import { ID_BYTES } from "../format/segment-header.ts";

const blindSegment: SegmentCipher = {
  tagBytes: ID_BYTES,
  seal() {
    throw new WalError("WAL_UNSUPPORTED", "nothing can be sealed without a key");
  },
  open(_sequence, _aad, sealed, target) {
    const length = sealed.length - ID_BYTES;
    target.fill(0, 0, length);
    return length;
  },
  destroy() {
    // It holds no key.
  },
};

/** Believes every tag and shows nothing. */
export const blindCipher: Cipher = {
  allowPlaintext: true,
  prepare: () => Promise.resolve(),
  createSegment() {
    throw new WalError("WAL_UNSUPPORTED", "no segment can be made without a key");
  },
  openSegment: () => blindSegment,
};
