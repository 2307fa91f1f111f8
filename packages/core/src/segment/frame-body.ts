/**
 * From a checked frame to its plain body: removes the seal, splits off the identity a carried frame
 * keeps of the frame it repeats.
 */
import type { SegmentCipher } from "../cipher.ts";
import { putU32 } from "../format/bytes.ts";
import { FLAG_CARRIED, FLAG_SEALED, FRAME_HEADER_BYTES, type Frame } from "../format/frame.ts";
import { ID_BYTES } from "../format/segment-header.ts";

/** What a frame holds. */
export type BodyOutcome =
  | {
      readonly kind: "body";
      readonly body: Uint8Array;
      /** 16 bytes naming this frame's content for ever, carried or not: the chain is made of these. */
      readonly identity: Uint8Array;
    }
  | { readonly kind: "tampered"; readonly reason: string };

/** Identity of a frame that repeats no other: its tag, or its checksum and zeros. */
export function frameIdentity(crc: number, tag: Uint8Array | undefined): Uint8Array {
  if (tag !== undefined) return tag.slice();
  const identity = new Uint8Array(ID_BYTES);
  putU32(identity, 0, crc);
  return identity;
}

/**
 * Opens the body of the frame at `at` in `bytes`, in place: sealed bytes are replaced by plaintext, so
 * a frame can be opened once per buffer.
 */
export function openBody(
  bytes: Uint8Array,
  at: number,
  frame: Frame,
  cipher: SegmentCipher | undefined,
): BodyOutcome {
  const start = at + FRAME_HEADER_BYTES;
  const stored = bytes.subarray(start, start + frame.bodyBytes);
  const sealed = (frame.flags & FLAG_SEALED) !== 0;
  if (sealed !== (cipher !== undefined)) {
    return {
      kind: "tampered",
      reason: sealed ? "sealed frame in a plain segment" : "frame is not sealed",
    };
  }
  let body = stored;
  let tag: Uint8Array | undefined;
  if (cipher !== undefined) {
    if (stored.length < cipher.tagBytes) return { kind: "tampered", reason: "no room for a tag" };
    tag = stored.slice(stored.length - ID_BYTES);
    const aad = bytes.subarray(at + 4, start);
    const length = cipher.open(frame.sequence, aad, stored, stored);
    if (length < 0) return { kind: "tampered", reason: "authentication failed" };
    body = stored.subarray(0, length);
  }
  if ((frame.flags & FLAG_CARRIED) === 0) {
    return { kind: "body", body, identity: frameIdentity(frame.crc, tag) };
  }
  if (body.length < ID_BYTES) return { kind: "tampered", reason: "carried frame without identity" };
  return { kind: "body", body: body.subarray(ID_BYTES), identity: body.slice(0, ID_BYTES) };
}
