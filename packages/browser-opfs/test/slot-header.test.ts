/** The bytes of a slot header: golden, round trip, and what is made of damaged ones. */
import { expect, test } from "vitest";
import { decodeHeader, encodeHeader, weighCopies } from "../src/slot-header.ts";
import type { SlotHeader } from "../src/slot-header.ts";
import { headerBytes } from "../src/slot-layout.ts";

const header: SlotHeader = {
  generation: 7,
  payloadBytes: 8_380_416,
  name: "00000000000000000003.wal",
  length: 1_048_576,
  exactLength: false,
  staleEnd: 4_194_304,
  bornMs: 1_800_000_000_000,
  slot: 2,
};

/** Its first 96 bytes, made by an independent program. */
const golden = [
  "5354524941534c540100000092fb709d070000000000000000e07f0000000000",
  "0000100000000000000040000000000000505c18a30100000200000018003030",
  "3030303030303030303030303030303030332e77616c00000000000000000000",
].join("");

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("the first bytes are these for ever", () => {
  expect(hex(encodeHeader(header).subarray(0, golden.length / 2))).toBe(golden);
});

test("what is encoded is decoded", () => {
  expect(decodeHeader(encodeHeader(header), 2)).toEqual({ kind: "header", header });
});

test("every single flipped bit is found", () => {
  const bytes = encodeHeader(header);
  for (let bit = 0; bit < headerBytes * 8; bit += 1) {
    const flipped = bytes.slice();
    flipped.set([(flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))], bit >> 3);
    expect(decodeHeader(flipped, 2).kind, `bit ${bit}`).not.toBe("header");
  }
});

test("a header that belongs to another slot is none", () => {
  expect(decodeHeader(encodeHeader(header), 3)).toMatchObject({ kind: "bad" });
});

const good = { kind: "header", header } as const;
const newerOne = { kind: "header", header: { ...header, generation: 8 } } as const;
const bad = { kind: "bad", why: "its CRC does not match" } as const;
const zeros = { kind: "zeros" } as const;
const newer = { kind: "newer", version: 2 } as const;

test.each([
  [good, good, { kind: "header", copy: 0, twin: "same" }],
  [good, newerOne, { kind: "header", copy: 1, twin: "older" }],
  [newerOne, good, { kind: "header", copy: 0, twin: "older" }],
  [bad, good, { kind: "header", copy: 1, twin: "bad" }],
  [good, zeros, { kind: "header", copy: 0, twin: "bad" }],
  [zeros, zeros, { kind: "unborn" }],
  [bad, zeros, { kind: "unborn" }],
  [zeros, bad, { kind: "damaged" }],
  [bad, bad, { kind: "damaged" }],
  [good, newer, { kind: "newer" }],
] as const)("copies weighed: case %#", (first, second, state) => {
  expect(weighCopies(first, second)).toMatchObject(state);
});
