/**
 * The header of a slot file: which file of the log lives there, and how much of it may be read.
 * Bytes in, bytes out. Two copies lie in different 4 KiB blocks; a change goes to one, is synced, and
 * only then to the other, so that one of them is valid whatever happens.
 *
 *   off size                                  off size
 *     0    8  "STRIASLT"                        32    8  length (see SlotHeader)
 *     8    2  format version, 1                 40    8  stale end
 *    10    2  flags: 1 = the length is exact    48    8  born, ms since 1970
 *    12    4  CRC-32 of the 512 bytes, 0 here   56    4  number of the slot
 *    16    8  generation                        60    2  bytes of the name, 0 = free
 *    24    8  payload bytes                     62    n  name, UTF-8; zeros to 512
 *
 * Integers are little-endian.
 */
import CRC32 from "crc-32";
import { headerBytes } from "./slot-layout.ts";

const magic = new TextEncoder().encode("STRIASLT");
const version = 1;

/** What a slot says of itself. */
export interface SlotHeader {
  /** Counts the changes of this header; the copy with the higher one counts. */
  readonly generation: number;
  /** Room behind the header blocks. */
  readonly payloadBytes: number;
  /** Name of the log's file that lives here; empty = free. */
  readonly name: string;
  /** Bytes of that file: exactly, or at most, while it is being written. */
  readonly length: number;
  readonly exactLength: boolean;
  /** Behind this offset the payload was never written to: it is zeros. */
  readonly staleEnd: number;
  /** When the slot file was made: its own name may not survive a power cut while it is young. */
  readonly bornMs: number;
  /** The number in the slot file's name: a header somewhere else is not one. */
  readonly slot: number;
}

/** What the bytes of one copy are. */
export type HeaderCopy =
  | { readonly kind: "header"; readonly header: SlotHeader }
  | { readonly kind: "zeros" }
  | { readonly kind: "newer"; readonly version: number }
  | { readonly kind: "bad"; readonly why: string };

/** Encodes one copy. */
export function encodeHeader(header: SlotHeader): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  const name = new TextEncoder().encode(header.name);
  bytes.set(magic);
  view.setUint16(8, version, true);
  view.setUint16(10, header.exactLength ? 1 : 0, true);
  view.setBigUint64(16, BigInt(header.generation), true);
  view.setBigUint64(24, BigInt(header.payloadBytes), true);
  view.setBigUint64(32, BigInt(header.length), true);
  view.setBigUint64(40, BigInt(header.staleEnd), true);
  view.setBigUint64(48, BigInt(header.bornMs), true);
  view.setUint32(56, header.slot, true);
  view.setUint16(60, name.length, true);
  bytes.set(name, 62);
  view.setUint32(12, CRC32.buf(bytes), true);
  return bytes;
}

/** Decodes one copy of slot number `slot`; never throws. */
export function decodeHeader(bytes: Uint8Array, slot: number): HeaderCopy {
  if (bytes.every((byte) => byte === 0)) return { kind: "zeros" };
  if (!magic.every((byte, at) => bytes[at] === byte)) return bad("its magic number is missing");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint16(8, true);
  // Before the checksum, which a newer version may compute in another way.
  if (found > version) return { kind: "newer", version: found };
  const crc = view.getUint32(12, true);
  const unsealed = bytes.slice();
  unsealed.fill(0, 12, 16);
  if (CRC32.buf(unsealed) >>> 0 !== crc) return bad("its CRC does not match");
  const owner = view.getUint32(56, true);
  if (owner !== slot) return bad(`it belongs to slot ${owner}`);
  return {
    kind: "header",
    header: {
      generation: Number(view.getBigUint64(16, true)),
      payloadBytes: Number(view.getBigUint64(24, true)),
      name: new TextDecoder().decode(bytes.subarray(62, 62 + view.getUint16(60, true))),
      length: Number(view.getBigUint64(32, true)),
      exactLength: (view.getUint16(10, true) & 1) === 1,
      staleEnd: Number(view.getBigUint64(40, true)),
      bornMs: Number(view.getBigUint64(48, true)),
      slot: owner,
    },
  };
}

/** What both copies together say. */
export type SlotState =
  /** `copy` holds the newest header; `twin` says what the other one is. */
  | {
      readonly kind: "header";
      readonly header: SlotHeader;
      readonly copy: 0 | 1;
      readonly twin: "same" | "older" | "bad";
    }
  /** Never got a header, unless there is payload. A torn first copy is one that was being born. */
  | { readonly kind: "unborn" }
  | { readonly kind: "newer"; readonly version: number }
  | { readonly kind: "damaged"; readonly why: string };

/** Weighs the two copies. Both bad is damage, never a free slot. */
export function weighCopies(first: HeaderCopy, second: HeaderCopy): SlotState {
  // A newer version writes both copies: one of them is enough to leave the slot alone.
  if (first.kind === "newer") return first;
  if (second.kind === "newer") return second;
  if (first.kind === "header" && second.kind === "header") {
    const copy = first.header.generation >= second.header.generation ? 0 : 1;
    const same = first.header.generation === second.header.generation;
    const { header } = copy === 0 ? first : second;
    return { kind: "header", header, copy, twin: same ? "same" : "older" };
  }
  if (first.kind === "header")
    return { kind: "header", header: first.header, copy: 0, twin: "bad" };
  if (second.kind === "header")
    return { kind: "header", header: second.header, copy: 1, twin: "bad" };
  // At birth the first copy is written and synced before the second: only these two states are a birth cut short.
  if (second.kind === "zeros") return { kind: "unborn" };
  return { kind: "damaged", why: `second copy: ${second.why}; first copy: ${describe(first)}` };
}

function describe(copy: HeaderCopy): string {
  return copy.kind === "bad" ? copy.why : copy.kind;
}

function bad(why: string): HeaderCopy {
  return { kind: "bad", why };
}
