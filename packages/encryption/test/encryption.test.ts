/** encryption(): its options, where keys come from, and what it says when they do not fit. */
import type { SegmentContext } from "@stria/core";
import { describe, expect, test } from "vitest";
import { encryption, generateKey, keyIdOf, Keyring, type KeyInput } from "../src/index.ts";
import { hex, toHex } from "./hex.ts";

const context: SegmentContext = { logId: new Uint8Array(16).fill(1), segmentId: 1 };
const keyA = hex("0a".repeat(32));
const keyB = hex("0b".repeat(32));

describe("options", () => {
  test("takes keys or a provider, not both and not neither", () => {
    const provider = new Keyring([keyA]);
    expect(() => encryption({})).toThrow(/either keys or provider/);
    expect(() => encryption({ keys: [keyA], provider })).toThrow(/either keys or provider/);
    expect(() => encryption({ provider: {} as Keyring })).toThrow(/provider must have the methods/);
  });

  test.each([
    ["no key", [], TypeError, /keys must be an array with at least one key/],
    ["a string", ["secret"], TypeError, /keys\[0\] must be a Uint8Array of 32 bytes or/],
    ["nothing", [undefined], TypeError, /keys\[0\] must be a Uint8Array/],
    ["31 bytes", [new Uint8Array(31).fill(1)], RangeError, /keys\[0\] must have 32 bytes, got 31/],
    ["zeros", [keyA, new Uint8Array(32)], RangeError, /keys\[1\] must not be all zero bytes/],
    ["the same twice", [keyA, keyB, keyA], RangeError, /keys\[2\] must have an id of its own/],
    ["no id", [{ key: keyA }], TypeError, /keys\[0\]\.id must be a Uint8Array of 16 bytes/],
    ["a short id", [{ id: hex("01"), key: keyA }], RangeError, /keys\[0\]\.id must have 16 bytes/],
    ["a zero id", [{ id: new Uint8Array(16), key: keyA }], RangeError, /not all of them zero/],
    ["a short key", [{ id: hex("01".repeat(16)), key: hex("02") }], RangeError, /keys\[0\]\.key/],
  ])("refuses %s", (_, keys, type, message) => {
    const run = (): unknown => encryption({ keys: keys as KeyInput[] });
    expect(run).toThrow(type);
    expect(run).toThrow(message);
  });

  test("refuses unknown values and names the option", () => {
    const bad = (options: object) => (): unknown => encryption({ keys: [keyA], ...options });
    expect(bad({ suite: "rot13" })).toThrow(/suite must be "aes-256-gcm" or/);
    expect(bad({ implementation: "wasm" })).toThrow(/implementation must be "auto"/);
    expect(bad({ allowPlaintext: "yes" })).toThrow(/allowPlaintext must be a boolean/);
  });

  test("defaults: ChaCha20-Poly1305, plaintext refused", async () => {
    const cipher = encryption({ keys: [keyA] });
    await cipher.prepare([]);
    expect(cipher).toMatchObject({ suite: "chacha20-poly1305", allowPlaintext: false });
    expect(cipher.createSegment(context).header.suite).toBe(2);
    expect(encryption({ keys: [keyA], allowPlaintext: true }).allowPlaintext).toBe(true);
  });

  test("reads both suites, whichever it writes", async () => {
    const gcm = encryption({ keys: [keyA], suite: "aes-256-gcm" });
    const chacha = encryption({ keys: [keyA] });
    await Promise.all([gcm.prepare([]), chacha.prepare([])]);
    for (const [writer, reader] of [
      [gcm, chacha],
      [chacha, gcm],
    ] as const) {
      const { header, cipher } = writer.createSegment(context);
      const sealed = new Uint8Array(19);
      cipher.seal(1, hex("aa"), hex("010203"), sealed);
      const opened = new Uint8Array(3);
      expect(reader.openSegment(context, header).open(1, hex("aa"), sealed, opened)).toBe(3);
      expect(opened).toEqual(hex("010203"));
    }
  });

  test("an edited suite is found by the header tag, not taken for a wrong key", async () => {
    const cipher = encryption({ keys: [keyA] });
    await cipher.prepare([]);
    const { header, cipher: writer } = cipher.createSegment(context);
    const tag = new Uint8Array(16);
    writer.seal(0, hex("aa"), new Uint8Array(0), tag);
    const edited = cipher.openSegment(context, { ...header, suite: 1 });
    expect(edited.open(0, hex("aa"), tag, new Uint8Array(0))).toBe(-1);
  });
});

describe("key ids", () => {
  test("are derived from the key unless given", async () => {
    const cipher = encryption({ keys: [keyA] });
    await cipher.prepare([keyIdOf(keyA)]);
    expect(cipher.createSegment(context).header.keyId).toEqual(keyIdOf(keyA));
    expect(keyIdOf(keyA)).not.toEqual(keyIdOf(keyB));
    const id = hex("07".repeat(16));
    expect(keyIdOf({ id, key: keyA })).toEqual(id);
  });

  test("generateKey gives 32 other bytes each time", () => {
    const keys = Array.from({ length: 20 }, () => generateKey());
    expect(keys.every((key) => key.length === 32)).toBe(true);
    expect(new Set(keys.map((key) => toHex(key))).size).toBe(20);
  });

  test("keys are copied: wiping the caller's bytes changes nothing", async () => {
    const mine = keyA.slice();
    const cipher = encryption({ keys: [mine] });
    mine.fill(0);
    await cipher.prepare([]);
    const { header } = cipher.createSegment(context);
    expect(header.keyId).toEqual(keyIdOf(keyA));
  });
});

describe("providers", () => {
  test("a provider that knows no such key, fails or answers with another", async () => {
    const id = keyIdOf(keyB);
    const withGet = (get: () => unknown) =>
      encryption({ provider: { current: () => keyA, get: get as () => KeyInput } }).prepare([id]);
    await expect(withGet(() => undefined)).rejects.toMatchObject({ code: "WAL_UNKNOWN_KEY" });
    await expect(withGet(async () => ({ id: keyIdOf(keyA), key: keyA }))).rejects.toThrow(
      /provider\.get\(\) must return the key asked for/,
    );
    const cause = new Error("503");
    const failing = withGet(() => Promise.reject(cause));
    await expect(failing).rejects.toMatchObject({ code: "WAL_UNKNOWN_KEY", cause });
    const throwing = withGet(() => {
      throw cause;
    });
    await expect(throwing).rejects.toMatchObject({ code: "WAL_UNKNOWN_KEY", cause });
  });

  test("is asked once per key, however many segments name it", async () => {
    const asked: string[] = [];
    const cipher = encryption({
      provider: {
        current: async () => keyA,
        get: async (id) => {
          asked.push(toHex(id));
          return keyB;
        },
      },
    });
    await cipher.prepare([keyIdOf(keyB), keyIdOf(keyB), keyIdOf(keyB)]);
    expect(asked).toEqual([toHex(keyIdOf(keyB))]);
  });

  test("bare bytes are the key asked for, whatever its id", async () => {
    const id = hex("07".repeat(16));
    const cipher = encryption({
      provider: { current: () => ({ id, key: keyA }), get: () => keyA },
    });
    await cipher.prepare([id]);
    const { header } = cipher.createSegment(context);
    expect(header.keyId).toEqual(id);
    cipher.openSegment(context, header).destroy();
  });

  test("nothing is created before prepare() has succeeded", () => {
    const cipher = encryption({ keys: [keyA] });
    expect(() => cipher.createSegment(context)).toThrow(/prepare\(\) has not succeeded/);
  });

  test("a failed prepare() leaves the current key as it was", async () => {
    const ring = new Keyring([keyA]);
    const cipher = encryption({ provider: ring });
    await cipher.prepare([]);
    ring.rotate(keyB);
    await expect(cipher.prepare([hex("ff".repeat(16))])).rejects.toMatchObject({
      code: "WAL_UNKNOWN_KEY",
    });
    expect(cipher.createSegment(context).header.keyId).toEqual(keyIdOf(keyA));
  });
});

describe("rotation", () => {
  test("rotate, prepare: new segments under the new key, old ones open until it is retired", async () => {
    const ring = new Keyring([keyA]);
    const cipher = encryption({ provider: ring });
    await cipher.prepare([]);
    const old = cipher.createSegment(context).header;
    ring.rotate(keyB);
    await cipher.prepare([]);
    expect(cipher.createSegment(context).header.keyId).toEqual(keyIdOf(keyB));
    cipher.openSegment(context, old).destroy();
    expect(ring.ids()).toEqual([keyIdOf(keyB), keyIdOf(keyA)]);
    expect(() => ring.retire(keyIdOf(keyB))).toThrow(/must not be that of the current key/);
    ring.retire(keyIdOf(keyA));
    ring.retire(keyIdOf(keyA));
    const later = encryption({ provider: ring });
    await expect(later.prepare([old.keyId])).rejects.toMatchObject({ code: "WAL_UNKNOWN_KEY" });
    expect(() => ring.rotate(keyB)).toThrow(/id of its own/);
  });
});

describe("destroy", () => {
  test("makes every further call fail; what the caller owns stays", async () => {
    const ring = new Keyring([keyA]);
    const cipher = encryption({ provider: ring });
    await cipher.prepare([]);
    const { header } = cipher.createSegment(context);
    cipher.destroy();
    cipher.destroy();
    expect(() => cipher.createSegment(context)).toThrow(/was destroyed/);
    expect(() => cipher.openSegment(context, header)).toThrow(/was destroyed/);
    await expect(cipher.prepare([])).rejects.toMatchObject({ code: "WAL_CLOSED" });
    expect(ring.current().exportBytes()).toEqual(keyA);
    ring.destroy();
    expect(() => ring.current()).toThrow(/the keyring was destroyed/);
  });
});
