/** A copy of a log under new keys: what it keeps, what it refuses, and that no crash makes a wrong one. */
import { describe, expect, test } from "vitest";
import { isWalError, memoryStorage, type Storage, Wal, type WalHead } from "@stria/core";
import {
  importLog,
  inspectLog,
  logFrame,
  rekeyLog,
  type RekeyProgress,
  verifyLog,
} from "@stria/core/inspect";
import { type DiskSnapshot, SimulatedStorage } from "@stria/testkit";
import { encryption, generateKey, keyIdOf } from "../src/index.ts";
import { toHex } from "./hex.ts";
import { bytesOf, filesOf, hasty, payload, readAll, storageOf } from "./support/logs.ts";

const [oldKey, newKey] = [generateKey(), generateKey()];
const oldCipher = () => encryption({ keys: [oldKey] });
const newCipher = () => encryption({ keys: [newKey] });
const segmentBytes = 16 * 1024;

/** Two lives, several segments, a checkpoint that has retired the first ones; `heads` after each record. */
async function sample(heads: WalHead[] = []): Promise<Storage> {
  const storage = memoryStorage("old");
  for (const upTo of [60, 100]) {
    const wal = await Wal.open({ storage, segmentBytes, keepSegments: 1, cipher: oldCipher() });
    while (wal.nextLsn <= upTo) {
      await wal.append(payload(wal.nextLsn));
      heads.push(wal.head());
    }
    if (upTo === 100) await wal.checkpoint(50);
    await wal.close();
  }
  return storage;
}

describe("rekeyLog", () => {
  test("keeps LSNs, payloads, times, watermarks and identities, under the new key alone", async () => {
    const heads: WalHead[] = [];
    const source = await sample(heads);
    const before = await filesOf(source);
    const target = memoryStorage("new");
    const progress: RekeyProgress[] = [];
    const report = await rekeyLog(source, target, {
      cipher: oldCipher(),
      newCipher: newCipher(),
      segmentBytes,
      onProgress: (step) => progress.push(step),
    });
    expect(await filesOf(source)).toEqual(before);
    const whole = await readAll(source, { cipher: oldCipher() });
    expect(await readAll(target, { cipher: newCipher() })).toEqual(whole);
    expect(report).toMatchObject({ records: whole.length, lastLsn: 100, gaps: [], copy: "new" });
    expect(progress.map(({ phase }) => phase)).toContain("compare");
    expect(progress.at(-1)).toEqual({ phase: "compare", lsn: 100, lastLsn: 100 });
    const keys = (await inspectLog(target)).segments.map(({ header }) => header?.cipher?.keyId);
    expect(new Set(keys)).toEqual(new Set([toHex(keyIdOf(newKey))]));
    expect(await verifyLog(target, { cipher: newCipher(), clock: hasty })).toMatchObject({
      sound: true,
      findings: [],
      records: report.records,
      lowLsn: report.lowLsn,
      checkpointLsn: 50,
    });
    expect(report.lowLsn).toBeGreaterThan(0);
    // Every head that anybody may have kept of the old log is one of the new log.
    expect(heads).toHaveLength(100);
    for (const minHead of heads) {
      const copy = await storageOf(await filesOf(target));
      const wal = await Wal.open({ storage: copy, cipher: newCipher(), minHead });
      await wal.close();
    }
    const wal = await Wal.open({ storage: target, cipher: newCipher(), minHead: heads.at(-1)! });
    expect(await wal.append(bytesOf("next"))).toBe(101);
    await wal.close();
  });

  test("carries recorded gaps over, at the end of the log too", async () => {
    const source = memoryStorage("old");
    const frames = [
      logFrame([payload(1), payload(2)], { firstLsn: 1, time: 1000 }),
      logFrame([payload(6)], { firstLsn: 6, time: 2000 }),
    ];
    await importLog(source, frames, { lastLsn: 9, cipher: oldCipher() });
    const target = memoryStorage("new");
    const report = await rekeyLog(source, target, { cipher: oldCipher(), newCipher: newCipher() });
    expect(report.gaps).toEqual([
      { from: 3, to: 5 },
      { from: 7, to: 9 },
    ]);
    expect(await readAll(target, { cipher: newCipher() })).toEqual(
      await readAll(source, { cipher: oldCipher() }),
    );
    const wal = await Wal.open({ storage: target, cipher: newCipher() });
    expect(await wal.append(payload(10))).toBe(10);
    await wal.close();
  });

  test("keeps the numbers of a log that holds nothing any more, and copies an empty one", async () => {
    const source = memoryStorage("old");
    await importLog(source, [], { lowLsn: 41, lastLsn: 41, cipher: oldCipher() });
    const target = memoryStorage("new");
    await rekeyLog(source, target, { cipher: oldCipher(), newCipher: newCipher() });
    const wal = await Wal.open({ storage: target, cipher: newCipher() });
    expect(wal.nextLsn).toBe(42);
    await wal.close();
    const nothing = memoryStorage("nothing");
    const report = await rekeyLog(memoryStorage("empty"), nothing, { newCipher: newCipher() });
    expect(report).toMatchObject({ records: 0, segments: 0, lastLsn: 0 });
    expect(await nothing.list()).toEqual([]);
  });

  test("takes what nobody vouched for, as an opening would", async () => {
    const storage = memoryStorage("killed");
    const wal = await Wal.open({ storage, cipher: oldCipher() });
    for (let n = 1; n <= 5; n++) await wal.append(payload(n));
    const source = await storageOf(await filesOf(storage));
    await wal.close();
    const target = memoryStorage("new");
    const report = await rekeyLog(source, target, { cipher: oldCipher(), newCipher: newCipher() });
    expect(report.records).toBe(5);
  });

  test("encrypts a plaintext log", async () => {
    const source = memoryStorage("plain");
    const plain = await Wal.open({ storage: source });
    for (let n = 1; n <= 5; n++) await plain.append(payload(n));
    const minHead = plain.head();
    await plain.close();
    const target = memoryStorage("new");
    await rekeyLog(source, target, { newCipher: newCipher() });
    const wal = await Wal.open({ storage: target, cipher: newCipher(), minHead });
    expect(wal.durableLsn).toBe(5);
    await wal.close();
    const bytes = [...(await filesOf(target)).values()].map((file) => toHex(file)).join("");
    expect(bytes).not.toContain(toHex(bytesOf("record")));
  });

  test("makes no copy of a damaged log, of one under another key, or of one that is in use", async () => {
    const source = await sample();
    const { segments } = await inspectLog(source);
    const files = await filesOf(source);
    const damaged = new Map(files);
    const bytes = damaged.get(segments[1]!.name)!.slice();
    bytes[8192 + 700]! ^= 1;
    damaged.set(segments[1]!.name, bytes);
    const cases = [
      [await storageOf(damaged), oldCipher(), "WAL_CORRUPT"],
      [source, newCipher(), "WAL_UNKNOWN_KEY"],
      [source, encryption({ keys: [{ id: keyIdOf(oldKey), key: newKey }] }), "WAL_WRONG_KEY"],
    ] as const;
    for (const [storage, cipher, code] of cases) {
      const target = memoryStorage("new");
      const copying = rekeyLog(storage, target, { cipher, newCipher: newCipher() });
      await expect(copying).rejects.toMatchObject({ code });
      const opening = Wal.open({ storage: target, cipher: newCipher() });
      // Begun and not finished, or not even begun.
      const state = await opening.then(
        async (wal) => wal.close().then(() => target.list()),
        (error: unknown) => isWalError(error, "WAL_CORRUPT"),
      );
      expect(state).toEqual(code === "WAL_CORRUPT" ? true : []);
    }
    expect(await filesOf(source)).toEqual(files);
    const target = memoryStorage("new");
    const user = await Wal.open({ storage: source, cipher: oldCipher() });
    const busy = rekeyLog(source, target, { cipher: oldCipher(), newCipher: newCipher() });
    await expect(busy).rejects.toMatchObject({ code: "WAL_LOCKED" });
    await user.close();
  });

  test("compares a copy that is there already, and leaves any other log alone", async () => {
    const source = await sample();
    const target = memoryStorage("new");
    const options = { cipher: oldCipher(), newCipher: newCipher() };
    await rekeyLog(source, target, options);
    const made = await filesOf(target);
    expect(await rekeyLog(source, target, options)).toMatchObject({ copy: "present" });
    expect(await filesOf(target)).toEqual(made);
    const other = memoryStorage("other");
    const wal = await Wal.open({ storage: other, cipher: newCipher() });
    await wal.append(bytesOf("somebody else's"));
    await wal.close();
    const kept = await filesOf(other);
    await expect(rekeyLog(source, other, options)).rejects.toMatchObject({ code: "WAL_STORAGE" });
    expect(await filesOf(other)).toEqual(kept);
  });
});

describe("a copy that is interrupted", () => {
  test("is refused by open at every operation and finished by a second run, whatever the crash", async () => {
    const source = await sample();
    const whole = await readAll(source, { cipher: oldCipher() });
    const options = { cipher: oldCipher(), newCipher: newCipher(), segmentBytes };
    const disk = new SimulatedStorage({ seed: 3 });
    const snapshots: DiskSnapshot[] = [];
    disk.observe((_operation, moment) => {
      if (moment.mutates) snapshots.push(moment.snapshot(), moment.snapshotMidway(0.5));
    });
    await rekeyLog(source, disk, options);
    expect(snapshots.length).toBeGreaterThan(40);
    const seen = { refused: 0, empty: 0, whole: 0, continued: 0 };
    for (const [i, snapshot] of snapshots.entries()) {
      const target = i % 3 === 0 ? snapshot.kill() : snapshot.powerCut({ seed: i });
      seen[await stateOf(target, whole)]++;
      const again = await rekeyLog(source, target, options);
      if (again.copy === "continued") seen.continued++;
      expect(await readAll(target, { cipher: newCipher() })).toEqual(whole);
      expect(await inspectLog(target)).toMatchObject({ strangers: [] });
    }
    expect(seen.refused).toBeGreaterThan(20);
    expect(seen.continued).toBeGreaterThan(10);
  });

  test("goes on behind its sealed segments; those are not written again", async () => {
    const source = await sample();
    const half = await halfCopy(source);
    const kept = await filesOf(half);
    const options = { cipher: oldCipher(), newCipher: newCipher(), segmentBytes };
    expect(await rekeyLog(source, half, options)).toMatchObject({ copy: "continued" });
    const after = await filesOf(half);
    expect(after.get(segment(1))).toEqual(kept.get(segment(1)));
    expect(after.get(segment(2))).not.toEqual(kept.get(segment(2)));
  });

  test("starts over when the old log has moved on, and when what is there is damaged", async () => {
    for (const harm of ["checkpoint", "damage"] as const) {
      const source = await sample();
      const half = await halfCopy(source);
      if (harm === "checkpoint") {
        const wal = await Wal.open({ storage: source, keepSegments: 0, cipher: oldCipher() });
        await wal.append(payload(101));
        await wal.checkpoint(100);
        await wal.close();
      } else {
        const file = await half.open(segment(1));
        await file.write(Uint8Array.of(1, 2, 3), 8192 + 60);
      }
      await rekeyLog(source, half, { cipher: oldCipher(), newCipher: newCipher(), segmentBytes });
      expect(await readAll(half, { cipher: newCipher() })).toEqual(
        await readAll(source, { cipher: oldCipher() }),
      );
    }
  });

  test("is left alone under another key and for another log", async () => {
    const source = await sample();
    const half = await halfCopy(source);
    const kept = await filesOf(half);
    const options = { cipher: oldCipher(), newCipher: encryption({ keys: [generateKey()] }) };
    await expect(rekeyLog(source, half, options)).rejects.toMatchObject({
      code: "WAL_UNKNOWN_KEY",
    });
    const stranger = await sample();
    await expect(
      rekeyLog(stranger, half, { cipher: oldCipher(), newCipher: newCipher() }),
    ).rejects.toMatchObject({ code: "WAL_STORAGE" });
    expect(await filesOf(half)).toEqual(kept);
  });
});

const segment = (id: number): string => `${String(id).padStart(20, "0")}.wal`;

/** A copy whose making ended in the middle of its second segment. */
async function halfCopy(source: Storage): Promise<Storage> {
  const disk = new SimulatedStorage({ seed: 5 });
  let snapshot: DiskSnapshot | undefined;
  let writes = 0;
  disk.observe(({ kind, file }, moment) => {
    // The first of these writes the header, the second the records, the third the seal.
    if (!kind.startsWith("write") || file !== segment(2)) return;
    if (++writes === 2) snapshot = moment.snapshotMidway(0.5);
  });
  const options = { cipher: oldCipher(), newCipher: newCipher(), segmentBytes };
  await rekeyLog(source, disk, options);
  return snapshot!.kill();
}

/** What an opening sees: the refusal, nothing at all, or everything; anything else is a wrong copy. */
async function stateOf(
  target: Storage,
  whole: readonly string[],
): Promise<"refused" | "empty" | "whole"> {
  try {
    const found = await readAll(target, { cipher: newCipher() });
    if (found.length === 0) return "empty";
    expect(found).toEqual(whole);
    return "whole";
  } catch (error) {
    if (isWalError(error, "WAL_CORRUPT")) return "refused";
    throw error;
  }
}
