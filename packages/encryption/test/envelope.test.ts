/** The key file: what it keeps, what it refuses, and that it says which. */
import { describe, expect, test, vi } from "vitest";
import {
  addKeyToEnvelope,
  changePassphrase,
  createEnvelope,
  encryption,
  generateKey,
  openEnvelope,
  type RootKey,
} from "../src/index.ts";
import { withChecksum } from "../src/checksum.ts";
import { checkFoundCost, defaultCost, defaultLimits } from "../src/envelope/passphrase.ts";
import { hex, toHex } from "./hex.ts";

const argon2 = vi.hoisted(() => ({ calls: 0 }));
vi.mock(import("@noble/hashes/argon2.js"), async (original) => {
  const module = await original();
  const argon2idAsync: typeof module.argon2idAsync = (...parameters) => {
    argon2.calls++;
    return module.argon2idAsync(...parameters);
  };
  return { ...module, argon2idAsync };
});

const cost = { memoryKiB: 64, passes: 1, lanes: 1 };
const passphrase = "correct horse";
const current = hex("0a".repeat(32));
const older = { id: hex("07".repeat(16)), key: hex("0b".repeat(32)) };
const create = (): Promise<Uint8Array> =>
  createEnvelope({ keys: [current, older], passphrase, cost });

const secrets = (keys: readonly RootKey[]): string[] => keys.map((key) => toHex(key.exportBytes()));

describe("a key file", () => {
  test("gives its keys back, ids and order included, ready for encryption()", async () => {
    const keys = await openEnvelope(await create(), passphrase);
    expect(secrets(keys)).toEqual([toHex(current), toHex(older.key)]);
    expect(keys[1]?.id).toEqual(older.id);
    const cipher = encryption({ keys });
    await cipher.prepare([older.id]);
  });

  test("makes a fresh key when given none, and never the same bytes twice", async () => {
    const files = await Promise.all([1, 2].map(() => createEnvelope({ passphrase, cost })));
    const keys = await Promise.all(files.map((file) => openEnvelope(file, passphrase)));
    expect(keys.map((found) => found.length)).toEqual([1, 1]);
    expect(new Set(keys.flatMap(secrets)).size).toBe(2);
    expect(toHex(await create())).not.toBe(toHex(await create()));
  });

  test("takes the same passphrase however a keyboard composes it", async () => {
    const file = await createEnvelope({ passphrase: "\u00e4\ufb01", cost });
    expect(await openEnvelope(file, "a\u0308fi")).toHaveLength(1);
  });

  test("changes its passphrase and keeps its keys", async () => {
    const file = await create();
    const changed = await changePassphrase(file, passphrase, "new one");
    expect(secrets(await openEnvelope(changed, "new one"))).toEqual(
      secrets(await openEnvelope(file, passphrase)),
    );
    await expect(openEnvelope(changed, passphrase)).rejects.toMatchObject({
      code: "WAL_WRONG_KEY",
    });
    const stronger = await changePassphrase(file, passphrase, "new one", {
      cost: { ...cost, passes: 2 },
    });
    expect(new DataView(stronger.buffer).getUint32(16, true)).toBe(2);
  });

  test("takes a new current key without a new passphrase", async () => {
    const next = generateKey();
    const file = await addKeyToEnvelope(await create(), passphrase, next);
    expect(secrets(await openEnvelope(file, passphrase))).toEqual([
      toHex(next),
      toHex(current),
      toHex(older.key),
    ]);
    expect(await openEnvelope(await addKeyToEnvelope(file, passphrase), passphrase)).toHaveLength(
      4,
    );
  });
});

describe("what does not open", () => {
  test("a wrong passphrase is told from damage", async () => {
    const file = await create();
    argon2.calls = 0;
    for (const wrong of ["correct hors", "Correct horse", "correct horse "]) {
      await expect(openEnvelope(file, wrong)).rejects.toMatchObject({ code: "WAL_WRONG_KEY" });
    }
    expect(argon2.calls).toBe(3);
  });

  test("every flipped byte and every length is damage, found without a guess at the passphrase", async () => {
    const file = await create();
    argon2.calls = 0;
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      await expect(openEnvelope(damaged, passphrase)).rejects.toMatchObject({
        code: "WAL_CORRUPT",
      });
      const cut = openEnvelope(file.subarray(0, at), passphrase);
      await expect(cut).rejects.toMatchObject({ code: "WAL_CORRUPT" });
    }
    expect(argon2.calls).toBe(0);
  });

  test("a change made on purpose, checksum and all, never opens", async () => {
    const file = await create();
    const body = file.subarray(0, -8);
    const codes = new Map<string, number>();
    for (let at = 0; at < body.length; at++) {
      // The costs are left out: raising them is the next test's business.
      if (at >= 12 && at < 24) continue;
      const forged = body.slice();
      forged[at] = (forged[at] ?? 0) ^ 1;
      const code = await openEnvelope(withChecksum(forged), passphrase).then(
        () => "opened",
        (error: { code: string }) => error.code,
      );
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(Object.fromEntries(codes)).toEqual({
      WAL_CORRUPT: 8 + 2, // magic, key count
      WAL_UNSUPPORTED_VERSION: 1,
      WAL_UNSUPPORTED: 1, // key derivation
      WAL_WRONG_KEY: 32 + 32, // salt, check value
      WAL_TAMPERED: 24 + 2 * 48 + 16, // nonce, keys, tag
    });
  });

  test("an exaggerated cost is refused before any of it is spent", async () => {
    const file = await create();
    argon2.calls = 0;
    const asking = (memoryKiB: number, passes: number, lanes: number): Uint8Array => {
      const body = file.slice(0, -8);
      const view = new DataView(body.buffer);
      view.setUint32(12, memoryKiB, true);
      view.setUint32(16, passes, true);
      view.setUint32(20, lanes, true);
      return withChecksum(body);
    };
    for (const costly of [
      asking(2 ** 32 - 1, 1, 1),
      asking(1_048_577, 1, 1),
      asking(64, 65, 1),
      asking(1024, 1, 17),
      asking(1_048_576, 5, 1),
    ]) {
      await expect(openEnvelope(costly, passphrase)).rejects.toMatchObject({
        code: "WAL_UNSUPPORTED",
      });
    }
    for (const impossible of [
      asking(0, 1, 1),
      asking(64, 0, 1),
      asking(64, 1, 0),
      asking(15, 1, 2),
    ]) {
      await expect(openEnvelope(impossible, passphrase)).rejects.toMatchObject({
        code: "WAL_CORRUPT",
      });
    }
    const limits = { memoryKiB: 63 };
    await expect(openEnvelope(file, passphrase, { limits })).rejects.toMatchObject({
      code: "WAL_UNSUPPORTED",
    });
    expect(argon2.calls).toBe(0);
  });

  test("bad arguments are named", async () => {
    const make = (options: object): Promise<unknown> =>
      createEnvelope({ keys: [current], passphrase, cost, ...options });
    await expect(make({ passphrase: "" })).rejects.toThrow(/passphrase must not be empty/);
    await expect(make({ passphrase: 5 })).rejects.toThrow(/passphrase must be a string or/);
    await expect(make({ keys: [] })).rejects.toThrow(/keys must be an array/);
    await expect(make({ cost: { ...cost, memoryKiB: 7 } })).rejects.toThrow(/cost\.memoryKiB/);
    await expect(make({ cost: { ...cost, passes: 1.5 } })).rejects.toThrow(/cost\.passes/);
    await expect(make({ cost: { ...cost, lanes: 17 } })).rejects.toThrow(/cost\.lanes/);
    const work = { memoryKiB: 1_048_576, passes: 5, lanes: 1 };
    await expect(make({ cost: work })).rejects.toThrow(/times passes/);
    const keys = Array.from({ length: 257 }, () => generateKey());
    await expect(make({ keys })).rejects.toThrow(/at most 256/);
  });
});

test("the default cost is RFC 9106's second recommendation, and within the default limits", () => {
  expect(defaultCost).toEqual({ memoryKiB: 64 * 1024, passes: 3, lanes: 4 });
  expect(() => checkFoundCost(defaultCost, defaultLimits)).not.toThrow();
});
