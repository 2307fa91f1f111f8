/** The key-value store is killed, again and again, while it is written to and takes snapshots. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { expect, test } from "vitest";
import { Example, temporaryDirectory } from "./run-example.ts";

test("answers, forgets what was deleted, and says what it does not understand", async () => {
  const directory = temporaryDirectory();
  const store = new Example("key-value", { args: ["main.js", directory] });
  expect(await store.line()).toMatch(/^0 keys/u);
  expect(await store.ask("set color dark blue")).toBe("ok");
  expect(await store.ask("get color")).toBe("dark blue");
  expect(await store.ask("delete color")).toBe("ok");
  expect(await store.ask("get color")).toBe("(none)");
  expect(await store.ask("set")).toBe('what is "set"?');
  expect(await store.ask("constructor x")).toBe('what is "constructor x"?');
  store.child.stdin?.end();
  expect(await store.ended).toBe(0);
});

test("killed at any moment, it has all it answered with ok", async () => {
  const directory = temporaryDirectory();
  const acknowledged = new Map<string, string>();
  for (let life = 1; life <= 12; life++) {
    const store = new Example("key-value", { args: ["main.js", directory] });
    await store.line();
    for (const [key, value] of acknowledged) {
      expect(await store.ask(`get ${key}`)).toBe(value);
    }
    for (let i = 0; i < 20; i++) {
      const [key, value] = [`key-${(life * 7 + i) % 30}`, `life ${life} write ${i}`];
      expect(await store.ask(`set ${key} ${value}`)).toBe("ok");
      acknowledged.set(key, value);
    }
    // Every third life tells of a snapshot that is done, the others die in one.
    const done = life % 3 === 0 ? await store.ask("snapshot") : "ok";
    expect(done).toBe("ok");
    // In the middle of a snapshot, and of changes that nobody is told of.
    store.child.stdin?.write("snapshot\nset other value\nsnapshot\nset other again\n");
    if (life % 2 === 0) await store.line();
    store.child.kill("SIGKILL");
    expect(await store.ended).toBe("SIGKILL");
  }
  const text = readFileSync(join(directory, "snapshot.json"), "utf8");
  const snapshot = JSON.parse(text) as { lsn: number };
  expect(snapshot.lsn).toBeGreaterThan(40);
  // The log knows what it may forget: never more than the snapshot holds.
  await using wal = await Wal.open({ storage: nodeStorage(join(directory, "log")) });
  expect(wal.checkpointLsn).toBeGreaterThan(40);
  expect(wal.checkpointLsn).toBeLessThanOrEqual(snapshot.lsn);
});
