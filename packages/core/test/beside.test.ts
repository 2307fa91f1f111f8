/** Reading beside a writer, copying a log while it runs, and listening to its commits. */
import { describe, expect, test } from "vitest";
import { type CommittedFrame, Wal, type WalEvent, memoryStorage } from "../src/index.ts";
import { filesOf, storageOf } from "./golden/deterministic.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { block, bytes, quiet, records, texts, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const small = { segmentBytes: 16 * 1024, keepSegments: 0 };

describe("a reader beside the writer", () => {
  test("shows what is vouched for and nothing else, takes no lock, changes nothing", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock });
    await wal.append(bytes("1"));
    await wal.append(bytes("2"));
    const from = storage.calls.length;
    const reader = await Wal.openReader({ storage, clock });
    // The second frame vouches for the first; nothing does for the second.
    expect(await texts(reader)).toEqual(["1:1"]);
    expect([reader.firstLsn, reader.durableLsn]).toEqual([1, 1]);
    expect(await reader.get(2)).toBeUndefined();
    await quiet();
    clock.advance(50);
    await quiet();
    await reader.refresh();
    expect(await texts(reader)).toEqual(["1:1", "2:2"]);
    await reader.close();
    const verbs = storage.calls.slice(from).map(({ verb }) => verb);
    expect(verbs.filter((verb) => verb === "lock").length).toBe(0);
    // The writer's idle mark is all that was written meanwhile.
    expect(storage.changes(from).map(({ verb }) => verb)).toEqual(["write", "sync"]);
    await wal.close();
  });

  test("sees nothing in an empty place, and the log once it is there", async () => {
    const storage = memoryStorage();
    const reader = await Wal.openReader({ storage });
    expect(await texts(reader)).toEqual([]);
    const wal = await Wal.open({ storage });
    await wal.append(bytes("1"));
    await wal.close();
    await reader.refresh();
    expect(await texts(reader)).toEqual(["1:1"]);
    await reader.close();
  });

  test("follows across rotations and lives of the writer", async () => {
    const storage = memoryStorage();
    const clock = new FakeClock();
    let wal = await Wal.open({ storage, ...small });
    const reader = await Wal.openReader({ storage, clock });
    const seen: number[] = [];
    const following = (async () => {
      for await (const { lsn, payload } of reader.read({ from: 1, to: 40, follow: true })) {
        expect(payload).toEqual(block(lsn, 700));
        seen.push(lsn);
      }
    })();
    for (let lsn = 1; lsn <= 40; lsn++) {
      await wal.append(block(lsn, 700));
      if (lsn % 13 === 0) {
        await wal.close();
        wal = await Wal.open({ storage, ...small });
      }
      clock.advance(20);
      await quiet();
    }
    await wal.close();
    for (let i = 0; i < 10; i++) {
      clock.advance(20);
      await quiet();
    }
    await following;
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await reader.close();
  });

  test("a follower can be aborted, and is told when the reader is closed", async () => {
    const clock = new FakeClock();
    const reader = await Wal.openReader({ storage: memoryStorage(), clock });
    const controller = new AbortController();
    const aborted = walError(records(reader, { follow: true, signal: controller.signal }));
    const closed = walError(records(reader, { follow: true }));
    await quiet();
    controller.abort();
    clock.advance(20);
    expect((await aborted).code).toBe("WAL_ABORTED");
    await reader.close();
    clock.advance(20);
    expect((await closed).code).toBe("WAL_CLOSED");
    expect((await walError(records(reader))).code).toBe("WAL_CLOSED");
    expect((await walError(reader.get(1))).code).toBe("WAL_CLOSED");
  });

  test("what the writer retired meanwhile is a gap, not damage", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    for (let lsn = 1; lsn <= 30; lsn++) await wal.append(block(lsn, 1500));
    const reader = await Wal.openReader({ storage });
    const reading = reader.read({ from: 1 });
    expect((await reading.next()).value?.lsn).toBe(1);
    await wal.checkpoint(25);
    const rest = walError(
      (async () => {
        for await (const _ of reading);
      })(),
    );
    expect(await rest).toMatchObject({ code: "WAL_GAP", details: { resumeLsn: wal.firstLsn } });
    await reader.refresh();
    expect((await records(reader))[0]?.lsn).toBe(wal.firstLsn);
    await reader.close();
    await wal.close();
  });
});

describe("backup", () => {
  test("while the log runs: the copy opens with the same records", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    for (let lsn = 1; lsn <= 20; lsn++) await wal.append(block(lsn, 1500));
    const target = memoryStorage("copy");
    const copied = wal.backup(target);
    // Meanwhile the log goes on, rotates and retires what is being copied.
    for (let lsn = 21; lsn <= 40; lsn++) await wal.append(block(lsn, 1500));
    await wal.checkpoint(30);
    await copied;
    const copy = await Wal.open({ storage: target, ...small });
    const found = await records(copy);
    expect(found.length).toBeGreaterThanOrEqual(20);
    for (const [i, { lsn, payload }] of found.entries()) {
      expect(lsn).toBe(i + 1);
      expect(payload).toEqual(block(lsn, 1500));
    }
    expect(copy.recovery).toMatchObject({ tail: "clean" });
    await copy.append(bytes("the copy goes its own way"));
    await copy.close();
    expect((await records(wal)).at(-1)?.lsn).toBe(40);
    await wal.close();
  });

  test("of a quiet log: the same bytes, and its readers find the same place", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    for (let n = 1; n <= 5; n++) await wal.append(bytes(`${n}`));
    const target = memoryStorage("copy");
    await wal.backup(target);
    const head = wal.head();
    expect(await filesOf(target)).toEqual(await filesOf(storage));
    const copy = await Wal.open({ storage: target, minHead: head });
    expect(copy.head()).toEqual(head);
    await copy.close();
    await wal.close();
  });

  test("into a place that holds a log: refused, nothing is touched", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    await wal.append(bytes("1"));
    const target = memoryStorage();
    const other = await Wal.open({ storage: target });
    await other.append(bytes("other"));
    await other.close();
    const before = await filesOf(target);
    expect((await walError(wal.backup(target))).code).toBe("WAL_STORAGE");
    expect(await filesOf(target)).toEqual(before);
    await wal.close();
  });
});

describe("onDurable", () => {
  test("every committed frame once, in order, after it is durable", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small, frameBytes: 1024 });
    const frames: CommittedFrame[] = [];
    const stop = wal.onDurable((committed) => {
      for (const frame of committed) {
        expect(frame.lastLsn).toBeLessThanOrEqual(wal.durableLsn);
        frames.push(frame);
      }
    });
    for (let i = 0; i < 10; i++) {
      await Promise.all(Array.from({ length: 7 }, (_, n) => wal.append(block(n, 300))));
    }
    expect(frames[0]?.firstLsn).toBe(1);
    expect(frames.at(-1)?.lastLsn).toBe(70);
    for (const [i, frame] of frames.slice(1).entries()) {
      expect(frame.firstLsn).toBe(frames[i]!.lastLsn + 1);
    }
    const files = await filesOf(storage);
    for (const { segment, offset, bytes: copy } of frames) {
      expect(copy).toEqual(files.get(segment)!.subarray(offset, offset + copy.length));
    }
    stop();
    const { length } = frames;
    await wal.append(bytes("unheard"));
    expect(frames.length).toBe(length);
    await wal.close();
  });

  test("flushed but unsynced frames are told after their sync, those of a failed one never", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock, durability: { mode: "async" } });
    const lsns: number[] = [];
    wal.onDurable((frames) => lsns.push(...frames.map(({ lastLsn }) => lastLsn)));
    await wal.append(bytes("1"));
    await wal.flush();
    expect(lsns).toEqual([]);
    await wal.commit();
    expect(lsns).toEqual([1]);
    await wal.append(bytes("2"));
    storage.failNth("sync", 1);
    await walError(wal.commit());
    expect(lsns).toEqual([1]);
    // An append that was only buffered was lost: the close says so.
    expect(await walError(wal.close())).toMatchObject({ details: { lsn: 2 } });
  });

  test("a listener that throws is an event, in nobody's way", async () => {
    const events: WalEvent[] = [];
    const wal = await Wal.open({ storage: memoryStorage(), onEvent: (e) => events.push(e) });
    const heard: number[] = [];
    const failure = new Error("listener");
    wal.onDurable(() => {
      throw failure;
    });
    wal.onDurable((frames) => heard.push(frames.length));
    expect(await wal.append(bytes("1"))).toBe(1);
    expect(events).toEqual([{ type: "listener-error", error: failure }]);
    expect(heard).toEqual([1]);
    expect(wal.health.ok).toBe(true);
    await wal.close();
  });
});

describe("onEvent", () => {
  test("that throws is told so once and hurts nothing", async () => {
    let calls = 0;
    const storage = memoryStorage();
    const wal = await Wal.open({
      storage,
      ...small,
      onEvent: () => {
        calls++;
        throw new Error("host");
      },
    });
    for (let lsn = 1; lsn <= 5; lsn++) await wal.append(block(lsn, 3000));
    // Each rotation is told, throws, and the throw is told.
    expect(calls).toBe(wal.stats().rotations * 2);
    await wal.close();
  });

  test("tells what recovery found", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    for (let n = 1; n <= 3; n++) await wal.append(bytes(`${n}`));
    const files = await filesOf(storage);
    await wal.close();
    const [[name, file]] = [...files] as [[string, Uint8Array]];
    const events: WalEvent[] = [];
    const torn = await storageOf(new Map([[name, file.slice(0, file.length - 480)]]));
    const again = await Wal.open({ storage: torn, onEvent: (event) => events.push(event) });
    const kinds = events.map((event) => event.type === "recovery-note" && event.note.kind);
    expect(kinds).toEqual(expect.arrayContaining(["torn-tail", "carried"]));
    expect(again.recovery).toMatchObject({ tail: "torn", lastLsn: 2, carried: 1 });
    expect(again.recovery.notes.map(({ kind }) => kind)).toEqual(kinds);
    await again.close();
  });
});
