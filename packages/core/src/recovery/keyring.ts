/**
 * Binds found segments to their keys, and refuses what must not be believed: a key that is missing or
 * wrong, a header whose tag does not verify, plaintext where a cipher is required.
 */
import type { Crc32 } from "../checksum.ts";
import type { Cipher, SegmentCipher } from "../cipher.ts";
import { WalError } from "../errors.ts";
import { HEADER_TAG_AT, type SegmentHeader, encodeHeader } from "../format/segment-header.ts";
import { segmentName } from "../format/segment-name.ts";
import { Segment } from "../segment/segment.ts";

/** What turns headers into segments. */
export interface KeyringOptions {
  readonly crc32: Crc32;
  readonly cipher: Cipher | undefined;
}

/** Fetches the keys of `headers` in one go. */
export async function prepareKeys(
  headers: readonly SegmentHeader[],
  cipher: Cipher | undefined,
): Promise<void> {
  const ids = headers.flatMap((header) =>
    header.cipher === undefined ? [] : [header.cipher.keyId],
  );
  await cipher?.prepare(ids);
}

/** The segment of a header whose key was prepared. */
export function bindSegment(header: SegmentHeader, options: KeyringOptions): Segment {
  return new Segment(header, options.crc32, bindCipher(header, options.cipher));
}

function bindCipher(header: SegmentHeader, cipher: Cipher | undefined): SegmentCipher | undefined {
  const segment = segmentName(header.segmentId);
  if (header.cipher === undefined) {
    if (cipher === undefined || cipher.allowPlaintext) return undefined;
    throw new WalError(
      "WAL_PLAINTEXT",
      `${segment} is plaintext but a cipher is required; allowPlaintext reads it while migrating`,
      { details: { segment } },
    );
  }
  if (cipher === undefined) {
    throw new WalError("WAL_UNKNOWN_KEY", `${segment} is encrypted and no cipher was given`, {
      details: { segment },
    });
  }
  const bound = cipher.openSegment(header, header.cipher);
  const aad = encodeHeader(header).subarray(0, HEADER_TAG_AT);
  if (bound.open(0, aad, header.tag, new Uint8Array(0)) !== 0) {
    throw new WalError("WAL_TAMPERED", `header authentication failed: ${segment}`, {
      details: { segment, offset: 0 },
    });
  }
  return bound;
}

/**
 * A plaintext segment behind an encrypted one was put there by somebody else, whether or not it says
 * that it continues the log: all valid headers count, by id.
 */
export function refuseDowngrade(headers: readonly SegmentHeader[]): void {
  let sealed = false;
  for (const header of headers) {
    if (header.cipher !== undefined) sealed = true;
    else if (sealed) {
      const segment = segmentName(header.segmentId);
      throw new WalError("WAL_PLAINTEXT", `${segment} is plaintext after encrypted segments`, {
        details: { segment },
      });
    }
  }
}
