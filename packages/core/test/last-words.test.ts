/**
 * Two stories the crash explorer told. A background sync of an `async` log failed, nobody had asked for
 * `durable()`, and `close()` resolved: whoever believed it had lost records. And a lock that could not be
 * released took the place of the error that had kept the log from opening, without a code.
 */
import { describe, expect, test } from "vitest";
import { Wal } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { bytes, quiet, texts, walError } from "./support/records.ts";
import { TestStorage, ioError } from "./support/test-storage.ts";

describe.each(["async", "async-batched"] as const)("closing a poisoned log in mode %s", (mode) => {
  test("rejects if a buffered record was lost, and lets go of the lock all the same", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock, durability: { mode } });
    await wal.append(bytes("1"));
    await wal.commit();
    storage.failNth("sync", 1);
    await wal.append(bytes("2"));
    clock.advance(20);
    await quiet();
    storage.fault = undefined;
    expect(wal.health.ok).toBe(false);
    const error = await walError(wal.close());
    expect(error).toMatchObject({ code: "WAL_POISONED", details: { lsn: 2, outcome: "unknown" } });
    expect(error.message).toContain("EIO");
    expect(storage.count("release")).toBe(1);
    const again = await Wal.open({ storage });
    expect((await texts(again))[0]).toBe("1:1");
    await again.close();
  });

  test("resolves if everything that was appended is durable", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, durability: { mode } });
    await wal.append(bytes("1"));
    await wal.commit();
    storage.failNth("sync", 1);
    await walError(wal.checkpoint(1));
    expect(wal.health.ok).toBe(false);
    await wal.close();
  });
});

test("a lock that cannot be released does not hide why the log did not open", async () => {
  const storage = new TestStorage();
  storage.fault = ({ verb }) => {
    if (verb === "list") return ioError("the directory is gone");
    return verb === "release" ? ioError("so is the lock") : undefined;
  };
  const error = await walError(Wal.open({ storage }));
  expect(error.code).toBe("WAL_STORAGE");
  expect(error.message).toContain("the directory is gone");
});
