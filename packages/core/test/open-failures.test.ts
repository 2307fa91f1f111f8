/** An open that fails: its own error, the lock released, nothing changed; and the lock itself. */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import { bytes, texts, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

describe("failures while opening", () => {
  test.each(["list", "open", "read", "sync", "syncDirectory"] as const)(
    "%s: WAL_STORAGE, the lock is released, nothing was changed",
    async (verb) => {
      const storage = new TestStorage();
      const before = await Wal.open({ storage });
      await before.append(bytes("1"));
      await before.close();
      const from = storage.calls.length;
      storage.failNth(verb, 1);
      const error = await walError(Wal.open({ storage }));
      expect(error).toMatchObject({ code: "WAL_STORAGE", cause: { code: "EIO" } });
      const written = storage
        .changes(from)
        .filter((call) => call.verb !== "sync" && call.verb !== "syncDirectory");
      expect(written).toEqual([]);
      storage.fault = undefined;
      const wal = await Wal.open({ storage });
      expect(await texts(wal)).toEqual(["1:1"]);
      await wal.close();
    },
  );

  test("a second writer: WAL_LOCKED until the first one closes", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    expect((await walError(Wal.open({ storage }))).code).toBe("WAL_LOCKED");
    await wal.close();
    await (await Wal.open({ storage })).close();
  });
});
