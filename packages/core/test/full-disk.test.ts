/** A disk without space, met by an open or by its first append: what it may not cost. */
import { describe, expect, test } from "vitest";
import { Wal, isWalError } from "../src/index.ts";
import { memoryStorage } from "../src/memory-storage.ts";
import { type Call, TestStorage } from "./support/test-storage.ts";

const noSpace = (): Error => Object.assign(new Error("disk full"), { code: "ENOSPC" });
const newest = "00000000000000000002.wal";

/** The newest segment, as far as a call concerns it. */
const onNewest =
  (verb: Call["verb"]) =>
  (call: Call): unknown =>
    call.verb === verb && call.name === newest ? noSpace() : undefined;

/** A log whose last record nothing vouches for, as a death leaves it. */
async function deadLog(): Promise<TestStorage> {
  const storage = new TestStorage(memoryStorage());
  const wal = await Wal.open({ storage });
  await wal.append(new Uint8Array(100));
  storage.fault = (call) => (call.verb === "write" ? noSpace() : undefined);
  await expect(wal.append(new Uint8Array(100))).rejects.toSatisfy((error) =>
    isWalError(error, "WAL_NO_SPACE"),
  );
  await wal.close();
  storage.fault = undefined;
  return storage;
}

async function sizeOf(storage: TestStorage, name: string): Promise<number> {
  const file = await storage.open(name);
  const size = await file.size();
  await file.close();
  return size;
}

/** Files opened or created and not closed again, by the calls since `from`. */
function openFiles({ calls }: TestStorage, from: number): number {
  const count = (...verbs: Call["verb"][]): number =>
    calls.slice(from).filter(({ verb }) => verbs.includes(verb)).length;
  return count("open", "create") - count("close");
}

// Seen on ext4, where a full disk may take a header into its cache and refuse the sync: each refused open
// left 4 KiB more, until nothing was free for the tail that was to be carried.
describe("an open that cannot carry the tail", () => {
  test.each(["write", "sync"] as const)(
    "and fails in a %s leaves no bytes behind",
    async (verb) => {
      const storage = await deadLog();
      const from = storage.calls.length;
      storage.fault = onNewest(verb);
      await expect(Wal.open({ storage })).rejects.toMatchObject({ code: "WAL_NO_SPACE" });
      storage.fault = undefined;
      expect(openFiles(storage, from)).toBe(0);
      expect(await sizeOf(storage, newest)).toBe(0);
      const wal = await Wal.open({ storage });
      expect(wal.durableLsn).toBe(1);
      await wal.append(new Uint8Array(100));
      await wal.close();
      expect(await storage.list()).not.toContain(newest);
    },
  );
});

// The segment under way was known to nobody yet, so nobody closed its file.
test("a first append that cannot repeat a small segment lets go of its file", async () => {
  const storage = new TestStorage(memoryStorage());
  const first = await Wal.open({ storage });
  await first.append(new Uint8Array(100));
  await first.close();
  const from = storage.calls.length;
  const wal = await Wal.open({ storage });
  let writes = 0;
  storage.fault = (call) => (onNewest("write")(call) && ++writes === 2 ? noSpace() : undefined);
  await expect(wal.append(new Uint8Array(100))).rejects.toMatchObject({ code: "WAL_NO_SPACE" });
  await wal.close();
  expect(writes).toBe(2);
  expect(openFiles(storage, from)).toBe(0);
});
