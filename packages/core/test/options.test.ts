/** A bad option is refused before anything is touched, by an error that names it and its range. */
import { describe, expect, test } from "vitest";
import { type WalOptions, Wal, memoryStorage } from "../src/index.ts";
import { bytes, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

type Wrong = Record<string, unknown>;

async function refusal(options: Wrong): Promise<Error> {
  const storage = new TestStorage();
  const opening = Wal.open({ storage, ...options });
  const error = await opening.then(
    () => new Error("was accepted"),
    (reason: unknown) => reason as Error,
  );
  expect(storage.calls).toEqual([]);
  return error;
}

const ranges: [name: string, least: number, most: number][] = [
  ["stripes", 1, 1024],
  ["stripeBytes", 1024, 2 ** 30],
  ["segmentBytes", 16 * 1024, Number.MAX_SAFE_INTEGER],
  ["keepSegments", 0, Number.MAX_SAFE_INTEGER],
  ["maxTotalBytes", 64 * 1024, Number.MAX_SAFE_INTEGER],
  ["frameBytes", 512, 2 ** 30],
  ["maxRecordBytes", 1, 2 ** 30 - 1024],
  ["maxAppendBlockMs", 0, 2 ** 31 - 1],
];

describe.each(ranges)("%s", (name, least, most) => {
  test.each([least - 1, most + 1, 1.5, Number.NaN, Infinity, "7", false, {}])(
    "%s: RangeError that names the range",
    async (value) => {
      const error = await refusal({ [name]: value });
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toContain(`${name} must be an integer from ${least} to ${most}`);
    },
  );

  test("its least value is good", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), [name]: least });
    await wal.close();
  });
});

describe("words", () => {
  test.each<[Wrong, string]>([
    [{ durability: { mode: "eventually" } }, "durability.mode"],
    [{ durability: "async" }, "durability must be an object such as"],
    [{ durability: 7 }, "durability must be an object such as"],
    [{ retention: { mode: "age" } }, "retention.mode"],
    [{ retention: "count" }, "retention.mode"],
    [{ recovery: "loose" }, "recovery"],
  ])("%o: TypeError that names it", async (options, name) => {
    const error = await refusal(options);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(name);
  });

  test.each<[Wrong, string]>([
    [{ mode: "group-commit", maxDelayMs: -1 }, "durability.maxDelayMs"],
    [{ mode: "group-commit", maxBatchRecords: 0 }, "durability.maxBatchRecords"],
    [{ mode: "async", flushIntervalMs: Number.NaN }, "durability.flushIntervalMs"],
    [{ mode: "async-batched", maxDelayMs: 2 ** 31 }, "durability.maxDelayMs"],
    [{ mode: "async-batched", maxBatchRecords: 1.5 }, "durability.maxBatchRecords"],
  ])("%o: RangeError that names it", async (durability, name) => {
    const error = await refusal({ durability });
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(name);
  });
});

describe("parts", () => {
  const parts = ["clock", "random", "checksum", "cipher", "onEvent"];
  const wrong = [7, "text", {}, null, new Uint8Array(32).fill(77)];

  test.each(parts.flatMap((name) => wrong.map((value) => [name, value] as const)))(
    "%s: %o is a TypeError that names it and shows nothing of it",
    async (name, value) => {
      const error = await refusal({ [name]: value });
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(new RegExp(`^${name} must be`));
      expect(error.message).not.toMatch(/77|text/);
    },
  );

  test("a reader refuses them, too", async () => {
    for (const name of ["clock", "checksum", "cipher"]) {
      const opening = Wal.openReader({ storage: memoryStorage(), [name]: {} });
      await expect(opening).rejects.toThrow(new RegExp(`^${name} must be`));
    }
  });
});

describe("storage", () => {
  test.each([undefined, null, "./data", 7, {}, { storage: undefined }, { storage: "./data" }])(
    "Wal.open(%o): TypeError that says what to give",
    async (options) => {
      const opening = Wal.open(options as unknown as WalOptions);
      await expect(opening).rejects.toThrow(/storage/);
      await expect(opening).rejects.toThrow(TypeError);
    },
  );

  test.each([undefined, null, {}, { storage: "./data" }])(
    "Wal.openReader(%o): TypeError that says what to give",
    async (options) => {
      const opening = Wal.openReader(options as unknown as WalOptions);
      await expect(opening).rejects.toThrow(/storage/);
      await expect(opening).rejects.toThrow(TypeError);
    },
  );

  test("a segment cannot be larger than the adapter's files, and is not by default", async () => {
    const storage = new TestStorage(memoryStorage(), { maxFileBytes: 64 * 1024 });
    await expect(Wal.open({ storage, segmentBytes: 65 * 1024 })).rejects.toThrow(/to 65536, not/);
    const wal = await Wal.open({ storage });
    for (let i = 0; i < 10; i++) await wal.append(new Uint8Array(20_000));
    expect(wal.stats().rotations).toBeGreaterThan(3);
    const error = await walError(wal.append(new Uint8Array(60_000)));
    expect(error.code).toBe("WAL_RECORD_TOO_LARGE");
    await wal.close();
  });
});

test("a checksum of the host's own is used, and must agree with what is there", async () => {
  let calls = 0;
  const { crc32 } = await import("../src/checksum.ts");
  const storage = memoryStorage();
  const checksum = (part: Uint8Array, seed: number): number => {
    calls++;
    return crc32(part, seed);
  };
  const wal = await Wal.open({ storage, checksum });
  await wal.append(bytes("1"));
  await wal.close();
  expect(calls).toBeGreaterThan(3);
  const strange = Wal.open({ storage, checksum: () => 1 });
  expect((await walError(strange)).code).toBe("WAL_CORRUPT");
  await (await Wal.open({ storage })).close();
});
