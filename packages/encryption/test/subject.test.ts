/** Per-subject sealing: what stays readable, what is gone, and what must not be taken for gone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { subjectOverheadBytes, SubjectKeys, subjectSealer } from "../src/index.ts";
import { withChecksum } from "../src/checksum.ts";
import { hex, toHex } from "./hex.ts";

const root = hex("0a".repeat(32));
const payload = hex("0102030405060708");

function storeWith(...subjects: string[]): SubjectKeys {
  const keys = SubjectKeys.create();
  for (const subject of subjects) keys.add(subject);
  return keys;
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe("sealing", () => {
  test("round trip for any subject and payload, through a stored and reopened key store", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
        fc.uint8Array({ maxLength: 300 }),
        (subject, bytes) => {
          const keys = storeWith(subject);
          const sealed = subjectSealer(keys).seal(subject, bytes);
          const reopened = SubjectKeys.open(keys.seal(root), [root]);
          expect(subjectSealer(reopened).open(sealed)).toEqual({
            subject,
            shredded: false,
            payload: Uint8Array.from(bytes),
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  test("every flipped byte is refused, and no two sealings look alike", () => {
    const sealer = subjectSealer(storeWith("a"));
    const sealed = sealer.seal("a", payload);
    expect(sealed.length).toBe(payload.length + 1 + subjectOverheadBytes);
    expect(toHex(sealer.seal("a", payload))).not.toBe(toHex(sealed));
    const codes = Array.from(sealed, (_, at) => {
      const forged = sealed.slice();
      forged[at] = (forged[at] ?? 0) ^ 1;
      return codeOf(() => sealer.open(forged));
    });
    const handle = codes.slice(2, 18);
    // The name's length is byte 1: from 1 to 0 there is no name any more.
    expect(codes.slice(0, 2)).toEqual(["WAL_CORRUPT", "WAL_CORRUPT"]);
    expect(new Set(handle)).toEqual(new Set(["WAL_UNKNOWN_KEY"]));
    expect(new Set(codes.slice(18))).toEqual(new Set(["WAL_TAMPERED"]));
    for (let length = 0; length < sealed.length; length++) {
      expect(codeOf(() => sealer.open(sealed.subarray(0, length)))).toMatch(/CORRUPT|TAMPERED/);
    }
  });

  test("one subject's payload does not open as another's", () => {
    const keys = storeWith("a", "b");
    const sealed = subjectSealer(keys).seal("a", payload);
    sealed.set(new TextEncoder().encode("b"), 42);
    expect(codeOf(() => subjectSealer(keys).open(sealed))).toBe("WAL_TAMPERED");
  });

  test("a subject without a key is refused, so that its key is stored first", () => {
    expect(codeOf(() => subjectSealer(storeWith()).seal("a", payload))).toBe("WAL_UNKNOWN_KEY");
  });

  test("names are 1 to 255 bytes of well-formed Unicode", () => {
    const add = (subject: unknown) => (): unknown => SubjectKeys.create().add(subject as string);
    expect(add("")).toThrow(RangeError);
    expect(add("x".repeat(256))).toThrow(/1 to 255 UTF-8 bytes, got 256/);
    expect(add("\ud800")).toThrow(/well-formed/);
    expect(add(7)).toThrow(TypeError);
    expect(add("x".repeat(255))()).toBe(true);
  });
});

describe("forgetting", () => {
  test("leaves the other subjects readable and says shredded for this one, also after reopening", () => {
    const keys = storeWith("a", "b");
    const sealer = subjectSealer(keys);
    const [a, b] = [sealer.seal("a", payload), sealer.seal("b", payload)];
    expect(keys.forget("a")).toBe(true);
    expect(keys.forget("a")).toBe(false);
    for (const store of [keys, SubjectKeys.open(keys.seal(root), [root])]) {
      const opener = subjectSealer(store);
      expect(opener.open(a)).toEqual({ subject: "a", shredded: true });
      expect(opener.open(b)).toEqual({ subject: "b", shredded: false, payload });
      expect(store.subjects()).toEqual(["b"]);
    }
  });

  test("takes key and name out of the store's content", () => {
    const keys = storeWith("someone");
    const { key } = keys.current("someone") ?? { key: new Uint8Array(0) };
    const before = keys.seal(root).length;
    keys.forget("someone");
    const reopened = SubjectKeys.open(keys.seal(root), [root]);
    expect(keys.seal(root).length).toBe(before - 1 - "someone".length - 32);
    expect(reopened.has("someone")).toBe(false);
    expect(key).toHaveLength(32);
  });

  test("a subject that comes back gets another key; the old payloads stay gone", () => {
    const keys = storeWith("a");
    const sealer = subjectSealer(keys);
    const old = sealer.seal("a", payload);
    keys.forget("a");
    expect(keys.add("a")).toBe(true);
    expect(keys.add("a")).toBe(false);
    expect(sealer.open(old)).toEqual({ subject: "a", shredded: true });
    expect(sealer.open(sealer.seal("a", payload))).toMatchObject({ shredded: false });
  });

  test("an old copy of the store is not taken for an erasure", () => {
    const keys = storeWith("a");
    const oldCopy = keys.seal(root);
    keys.add("b");
    const sealed = subjectSealer(keys).seal("b", payload);
    const opener = subjectSealer(SubjectKeys.open(oldCopy, [root]));
    expect(codeOf(() => opener.open(sealed))).toBe("WAL_UNKNOWN_KEY");
  });

  test("keys are random: the same root and subject never give the same key", () => {
    const keys = Array.from({ length: 5 }, () => toHex(storeWith("a").current("a")?.key ?? root));
    expect(new Set(keys).size).toBe(5);
  });
});

describe("the stored keys", () => {
  test("tell damage, a missing key, a wrong key and tampering apart", () => {
    const file = storeWith("a", "b").seal(root);
    const body = file.slice(0, -8);
    const open = (bytes: Uint8Array, key = root) => codeOf(() => SubjectKeys.open(bytes, [key]));
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(open(damaged)).toBe("WAL_CORRUPT");
      expect(open(file.subarray(0, at))).toBe("WAL_CORRUPT");
    }
    const forged = (at: number): Uint8Array => {
      const copy = body.slice();
      copy[at] = (copy[at] ?? 0) ^ 1;
      return withChecksum(copy);
    };
    expect(open(forged(8))).toBe("WAL_UNSUPPORTED_VERSION");
    expect(open(forged(12))).toBe("WAL_UNKNOWN_KEY");
    expect([28, 60].map((at) => open(forged(at)))).toEqual(["WAL_WRONG_KEY", "WAL_WRONG_KEY"]);
    expect([92, 116, body.length - 1].map((at) => open(forged(at)))).toEqual(
      Array.from({ length: 3 }, () => "WAL_TAMPERED"),
    );
    expect(open(file, hex("0b".repeat(32)))).toBe("WAL_UNKNOWN_KEY");
  });

  test("open under whichever root key they name, so that the root key can change", () => {
    const next = hex("0b".repeat(32));
    const file = SubjectKeys.open(storeWith("a").seal(root), [next, root]).seal(next);
    expect(SubjectKeys.open(file, [next]).subjects()).toEqual(["a"]);
    expect(codeOf(() => SubjectKeys.open(file, [root]))).toBe("WAL_UNKNOWN_KEY");
  });

  test("destroy wipes what is in memory", () => {
    const keys = storeWith("a");
    const sealed = subjectSealer(keys).seal("a", payload);
    keys.destroy();
    expect(keys.subjects()).toEqual([]);
    expect(codeOf(() => subjectSealer(keys).open(sealed))).toBe("WAL_UNKNOWN_KEY");
  });
});
