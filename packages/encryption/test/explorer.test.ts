/**
 * The crash explorer over a log under the real ciphers, with a ledger between: over every life of every
 * crash no key meets a nonce twice, and encryption breaks none of the log's promises.
 */
import { describe, expect, test } from "vitest";
import { type Cipher, type SegmentCipher, Wal } from "@stria/core";
import { crashExplorer, type OpenLog } from "@stria/testkit";
import { encryption, type SuiteName } from "../src/index.ts";
import { toHex } from "./hex.ts";

const key = new Uint8Array(32).fill(7);

/** What was sealed, by segment key and sequence. */
class Ledger {
  readonly sealed = new Set<string>();
  readonly reused: string[] = [];
  segments = 0;

  note(segment: string, sequence: number): void {
    const pair = `${segment} ${sequence}`;
    if (this.sealed.has(pair)) this.reused.push(pair);
    this.sealed.add(pair);
  }

  /** The cipher, with everything it seals noted. A segment's key is as good as its salt and place. */
  watch(cipher: Cipher): Cipher {
    const note = (segment: string, inner: SegmentCipher): SegmentCipher => ({
      tagBytes: inner.tagBytes,
      seal: (sequence, aad, plaintext, target) => {
        inner.seal(sequence, aad, plaintext, target);
        this.note(segment, sequence);
      },
      open: (sequence, aad, sealed, target) => inner.open(sequence, aad, sealed, target),
      destroy: () => inner.destroy(),
    });
    return {
      allowPlaintext: cipher.allowPlaintext,
      prepare: (ids) => cipher.prepare(ids),
      createSegment: (context) => {
        const made = cipher.createSegment(context);
        const place = `${toHex(made.header.salt)} ${toHex(context.logId)} ${context.segmentId}`;
        this.segments++;
        return { header: made.header, cipher: note(place, made.cipher) };
      },
      openSegment: (context, header) => {
        const place = `${toHex(header.salt)} ${toHex(context.logId)} ${context.segmentId}`;
        return note(place, cipher.openSegment(context, header));
      },
    };
  }
}

function opening(ledger: Ledger, suite: SuiteName, reuse = false): OpenLog {
  return ({ storage, clock, random }) => {
    // Salts come from the runtime: the explorer's own randomness is the same in lives that differ by a
    // fault alone. A generator that repeats itself is what the ledger is there to find.
    const salts = reuse ? { random: (into: Uint8Array) => into.fill(1) } : {};
    const cipher = ledger.watch(encryption({ keys: [key], suite, ...salts }));
    return Wal.open({ storage, clock, random, cipher, segmentBytes: 16 * 1024 });
  };
}

describe.each(["aes-256-gcm", "chacha20-poly1305"] as const)("%s", (suite) => {
  test("no pair of key and nonce twice, no promise broken", { timeout: 120_000 }, async () => {
    const ledger = new Ledger();
    const result = await crashExplorer({
      open: opening(ledger, suite),
      seed: 1,
      seeds: 2,
      points: 12,
      images: 1,
    });
    expect(result.findings).toEqual([]);
    expect(ledger.reused).toEqual([]);
    expect(result.cycles).toBeGreaterThan(150);
    expect(ledger.sealed.size).toBeGreaterThan(1000);
    expect(ledger.segments).toBeGreaterThan(150);
  });
});

test("the ledger finds a nonce that is used twice: salts that repeat", async () => {
  const ledger = new Ledger();
  await crashExplorer({
    open: opening(ledger, "chacha20-poly1305", true),
    points: 10,
    images: 1,
    shrink: false,
  });
  expect(ledger.reused.length).toBeGreaterThan(0);
});
