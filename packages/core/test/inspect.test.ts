/** Logs seen from outside: what is listed, and what is called damage. */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "@stria/core";
import { type FrameInspection, inspectLog, readFrames, verifyLog } from "@stria/core/inspect";
import { all, copy, flip, hasty, payload, readAll, sample } from "./support/outside.ts";

describe("inspectLog", () => {
  test("lists segments with their states and ranges, frame by frame", async () => {
    const storage = await sample();
    const log = await inspectLog(storage);
    expect(log.problem).toBeUndefined();
    expect([log.firstLsn, log.lastLsn]).toEqual([1, 60]);
    const live = log.segments.filter(({ state }) => state === "sealed");
    expect(live.length).toBeGreaterThan(2);
    let next = 1;
    for (const segment of live) {
      const frames = await all(readFrames(storage, segment.name));
      const records = frames.filter(
        (frame): frame is FrameInspection & { kind: "records" } => frame.kind === "records",
      );
      for (const frame of records) {
        expect(frame.firstLsn).toBe(next);
        next = frame.lastLsn + 1;
      }
      expect(segment.lastLsn).toBe(next - 1);
      expect(frames.at(-1)?.kind).toBe("seal");
    }
    expect(next).toBe(61);
  });

  test("an open log has an active segment; an empty storage is an empty log", async () => {
    const storage = memoryStorage();
    expect(await inspectLog(storage)).toMatchObject({ lastLsn: 0, segments: [] });
    const wal = await Wal.open({ storage });
    await wal.append(payload(1));
    expect((await inspectLog(storage)).segments.map(({ state }) => state)).toEqual(["active"]);
    await wal.close();
  });
});

describe("verifyLog", () => {
  test("a sound log is sound, and every frame was read", async () => {
    const result = await verifyLog(await sample(), { clock: hasty });
    expect(result).toMatchObject({
      sound: true,
      records: 60,
      firstLsn: 1,
      lastLsn: 60,
      findings: [],
    });
    expect(result.frames).toBeGreaterThan(60);
  });

  test(
    "one flipped bit anywhere: never sound while something reads wrong, and the place is named",
    { timeout: 60_000 },
    async () => {
      const original = await sample();
      const whole = await readAll(original);
      let damaged = 0;
      for (const { name, fileBytes } of (await inspectLog(original)).segments) {
        for (let offset = 0; offset < fileBytes; offset += 101) {
          const storage = await copy(original);
          await flip(storage, name, offset);
          const result = await verifyLog(storage, { clock: hasty });
          const place = result.findings.find(({ severity }) => severity === "damage");
          damaged += place === undefined ? 0 : 1;
          // Sound: everything reads as it was. Damage: in this file, and no later than the flipped byte.
          const held = result.sound ? await readAll(storage) : whole;
          expect(held, `${name} ${offset}`).toEqual(whole);
          expect(place?.segment ?? name, `${name} ${offset}`).toBe(name);
          expect(place?.offset ?? 0, `${name} ${offset}`).toBeLessThanOrEqual(offset);
        }
      }
      expect(damaged).toBeGreaterThan(100);
    },
  );

  test("a flipped bit in any record frame of a live segment is damage, in any other at least a note", async () => {
    const original = await sample();
    for (const { name, state } of (await inspectLog(original)).segments) {
      if (state === "dead") continue;
      for (const frame of await all(readFrames(original, name))) {
        const storage = await copy(original);
        await flip(storage, name, frame.offset + 50);
        const { sound, findings } = await verifyLog(storage, { clock: hasty });
        const isRecords = frame.kind === "records";
        expect(findings.filter(({ kind }) => kind !== "unvouched")).toEqual([expect.anything()]);
        // A seal behind the cut may look like what a crash leaves: nothing is lost with it.
        expect(sound && isRecords, `${name} ${frame.offset}`).toBe(false);
        const lsns = isRecords ? { lsn: frame.firstLsn, toLsn: frame.lastLsn } : {};
        expect(findings).toContainEqual(
          expect.objectContaining({ segment: name, offset: frame.offset, ...lsns }),
        );
      }
    }
  });

  test("a missing segment and both header copies gone are damage", async () => {
    const original = await sample();
    const live = (await inspectLog(original)).segments.filter(({ state }) => state !== "dead");
    const middle = live[1]!;
    const missing = await copy(original);
    await missing.remove(middle.name);
    const lost = await verifyLog(missing, { clock: hasty });
    expect(lost.sound).toBe(false);
    expect(lost.findings).toContainEqual(
      expect.objectContaining({ segment: middle.name, severity: "damage" }),
    );
    expect(lost.findings).toContainEqual(
      expect.objectContaining({ kind: "missing", lsn: middle.firstLsn, toLsn: middle.lastLsn }),
    );
    const headless = await copy(original);
    await flip(headless, middle.name, 20);
    expect((await verifyLog(headless, { clock: hasty })).findings).toMatchObject([
      { kind: "header-copy", segment: middle.name, severity: "damage" },
    ]);
    await flip(headless, middle.name, 4116);
    const blind = await verifyLog(headless, { clock: hasty });
    expect(blind.findings).toContainEqual(
      expect.objectContaining({ segment: middle.name, offset: 0 }),
    );
  });

  test("a torn tail is a note", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    await wal.append(payload(1));
    await wal.append(payload(2));
    const torn = await copy(storage);
    await wal.close();
    const [name] = await torn.list();
    const frames = await all(readFrames(torn, name!));
    await flip(torn, name!, frames.at(-1)!.offset + 60);
    const result = await verifyLog(torn, { clock: hasty });
    expect(result.sound).toBe(true);
    expect(result.findings).toMatchObject([
      { kind: "unvouched", severity: "note", lsn: 1, toLsn: 1 },
      { kind: "torn-tail", severity: "note", segment: name, offset: frames.at(-1)!.offset },
    ]);
  });

  test("a writer at work is no damage", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, segmentBytes: 16 * 1024, keepSegments: 1 });
    let writing = true;
    const writer = (async () => {
      while (writing) {
        const lsn = await wal.append(new Uint8Array(700));
        if (lsn % 50 === 0) await wal.checkpoint(lsn - 10);
        if (lsn % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let i = 0; i < 100; i++) {
      const result = await verifyLog(storage, { clock: hasty });
      expect(result.findings.filter(({ severity }) => severity === "damage")).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    writing = false;
    await writer;
    expect(wal.stats().rotations).toBeGreaterThan(5);
    await wal.close();
  });
});
