/** Input cut into records, however the chunks fall. */
import { expect, test } from "vitest";
import { LineSplitter, PrefixSplitter, type Splitter } from "../src/input/split.ts";

function split(splitter: Splitter, input: Uint8Array, chunkBytes: number): string[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < input.length; at += chunkBytes) {
    records.push(...splitter.push(input.subarray(at, at + chunkBytes)));
  }
  records.push(...splitter.end());
  return records.map((record) => Buffer.from(record).toString());
}

const texts = ["", "a", "", "bc\r", "long".repeat(20), "ü", ""];

test.each([1, 2, 3, 7, 64, 1000])("chunks of %d bytes", (chunkBytes) => {
  const lines = Buffer.from(`${texts.join("\n")}\n`);
  expect(split(new LineSplitter(1000), lines, chunkBytes)).toEqual(texts);
  expect(split(new LineSplitter(1000), lines.subarray(0, -2), chunkBytes)).toEqual(
    texts.slice(0, -1),
  );
  const prefixed = Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(text));
      return [length, Buffer.from(text)];
    }),
  );
  expect(split(new PrefixSplitter(1000), prefixed, chunkBytes)).toEqual(texts);
  expect(() => split(new PrefixSplitter(1000), prefixed.subarray(0, -5), chunkBytes)).toThrow(
    "ends inside record 6",
  );
});

test("a record that is too long is refused before it fills the memory", () => {
  const endless = new LineSplitter(100);
  endless.push(Buffer.from("first\n"));
  expect(() => endless.push(Buffer.alloc(101, 65))).toThrow("line 2 is longer than 100 bytes");
  expect(() => new PrefixSplitter(100).push(Buffer.from([101, 0, 0, 0]))).toThrow(
    "record 1 would be 101 bytes",
  );
});
