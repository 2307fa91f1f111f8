/** `append`, `cat` and `tail`: what goes in comes out, byte for byte. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import {
  ended,
  json,
  jsonLines,
  seq,
  startStria,
  stria,
  temporaryDirectory,
} from "./support/stria.ts";

test("a hundred thousand lines come back byte for byte, across several runs", async () => {
  const log = join(temporaryDirectory(), "log");
  const first = await stria(["append", log], seq(1, 100_000));
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain("100,000 records, LSN 1-100000");
  const second = await stria(["append", log, "--json"], seq(100_001, 100_010));
  expect(json(second)).toMatchObject({ records: 10, firstLsn: 100_001, durableLsn: 100_010 });
  const cat = await stria(["cat", log]);
  expect(cat.code).toBe(0);
  expect(cat.stdout.toString() === seq(1, 100_010)).toBe(true);
});

test.each(["synchronous", "group-commit", "async", "async-batched"])(
  "durability %s",
  async (mode) => {
    const log = temporaryDirectory();
    expect(await stria(["append", log, "--durability", mode], seq(1, 5000))).toMatchObject({
      code: 0,
    });
    expect((await stria(["cat", log])).stdout.toString()).toBe(seq(1, 5000));
  },
);

test("length-prefixed records may hold anything, and large ones", async () => {
  const log = temporaryDirectory();
  const records = [
    Buffer.from("a\nb"),
    Buffer.alloc(0),
    Buffer.alloc(3_000_000, 7),
    Buffer.from([255, 0]),
  ];
  const input = Buffer.concat(
    records.flatMap((record) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(record.length);
      return [length, record];
    }),
  );
  expect(await stria(["append", log, "--length-prefixed"], input)).toMatchObject({ code: 0 });
  const cat = await stria(["cat", log, "--length-prefixed"]);
  expect(cat.stdout.equals(input)).toBe(true);
  const lines = jsonLines(await stria(["cat", log, "--json"]));
  expect(lines[0]).toMatchObject({ lsn: 1, text: "a\nb" });
  expect(lines[3]).toMatchObject({ lsn: 4, base64: "/wA=" });
});

test("length-prefixed input that ends inside a record is refused; what came before is durable", async () => {
  const log = temporaryDirectory();
  const input = Buffer.from([1, 0, 0, 0, 65, 9, 0, 0, 0, 66]);
  const outcome = await stria(["append", log, "--length-prefixed"], input);
  expect(outcome).toMatchObject({ code: 2, stderr: "stria: the input ends inside record 2\n" });
  expect((await stria(["cat", log])).stdout.toString()).toBe("A\n");
});

test("acknowledgements are every LSN in order; batches stay whole", async () => {
  const log = temporaryDirectory();
  const acks = await stria(["append", log, "--acks"], seq(1, 20_000));
  expect(acks.stdout.toString() === seq(1, 20_000)).toBe(true);
  const lines = jsonLines(
    await stria(["append", log, "--acks", "--json", "--batch", "7"], seq(1, 20)),
  );
  expect(lines.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => ({ lsn: 20_001 + i })));
  expect(lines[20]).toMatchObject({ records: 20, lastLsn: 20_020 });
});

test("an acknowledged record is there although the command is killed", async () => {
  const log = temporaryDirectory();
  const child = startStria(["append", log, "--acks"]);
  child.stdin?.write("one\ntwo\n");
  let acks = "";
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      acks += chunk.toString();
      if (acks === "1\n2\n") resolve();
    });
  });
  child.kill("SIGKILL");
  await ended(child);
  expect((await stria(["verify", log])).code).toBe(0);
  expect(await stria(["append", log, "--json"], "three\n")).toMatchObject({ code: 0 });
  expect((await stria(["cat", log])).stdout.toString()).toBe("one\ntwo\nthree\n");
});

test("SIGINT makes what was read durable, closes the log and exits with 130", async () => {
  const log = temporaryDirectory();
  const child = startStria(["append", log, "--acks"]);
  const end = ended(child);
  child.stdin?.write("one\ntwo\nthr");
  await new Promise((resolve) => {
    child.stdout?.once("data", resolve);
  });
  child.kill("SIGINT");
  expect(await end).toMatchObject({ code: 130 });
  expect((await stria(["cat", log])).stdout.toString()).toBe("one\ntwo\n");
  const { segments } = json(await stria(["inspect", log, "--json"])) as {
    segments: { state: string }[];
  };
  expect(segments.map(({ state }) => state)).toEqual(["sealed"]);
});

test("cat takes a range; nobody reading on is no error", async () => {
  const log = temporaryDirectory();
  await stria(["append", log], seq(1, 200_000));
  const range = await stria(["cat", log, "--from", "10", "--to", "12"]);
  expect(range.stdout.toString()).toBe("10\n11\n12\n");
  expect((await stria(["cat", log, "--last", "2"])).stdout.toString()).toBe("199999\n200000\n");
  const child = startStria(["cat", log]);
  const end = ended(child);
  child.stdout?.once("data", () => child.stdout?.destroy());
  expect(await end).toMatchObject({ code: 0, stderr: "" });
});

test("tail shows the end, and with -f what a writer appends meanwhile", async () => {
  const log = temporaryDirectory();
  await stria(["append", log], seq(1, 20));
  expect((await stria(["tail", log])).stdout.toString()).toBe(seq(11, 20));
  const follower = startStria(["tail", log, "-n", "1", "-f"]);
  const shown = createInterface({ input: follower.stdout as Readable })[Symbol.asyncIterator]();
  expect((await shown.next()).value).toBe("20");
  const writer = startStria(["append", log]);
  writer.stdin?.write("21\n");
  expect((await shown.next()).value).toBe("21");
  expect(await stria(["append", log], "x")).toMatchObject({ code: 1 });
  writer.stdin?.end();
  expect(await ended(writer)).toMatchObject({ code: 0 });
});

test("an empty directory is an empty log, and appending nothing leaves no segment", async () => {
  const log = temporaryDirectory();
  expect(await stria(["cat", log])).toMatchObject({ code: 0, stdout: Buffer.alloc(0) });
  expect(await stria(["append", log])).toMatchObject({ code: 0 });
  expect((await readdir(log)).filter((name) => name.endsWith(".wal"))).toEqual([]);
  expect(await stria(["verify", log])).toMatchObject({ code: 0 });
});
