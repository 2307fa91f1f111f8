/** Every result a browser may give for a write or a read, and what is made of it. */
import { expect, test } from "vitest";
import type { SyncAccess } from "../src/platform.ts";
import { readAll, reserve, writeAll } from "../src/sync-access.ts";

/** A handle over 1,000 bytes whose verbs answer as told. */
function handle(verbs: Partial<SyncAccess>): SyncAccess {
  const refuse = (): never => {
    throw new Error("not expected");
  };
  return {
    read: refuse,
    write: refuse,
    truncate: refuse,
    getSize: refuse,
    flush: refuse,
    close: refuse,
    ...verbs,
  };
}

test("a write is continued as long as it makes progress", () => {
  const stored = new Uint8Array(1000);
  const slow = handle({
    write(bytes, { at }) {
      const part = bytes.subarray(0, 300);
      stored.set(part, at);
      return part.length;
    },
  });
  const bytes = new Uint8Array(900).map((_byte, at) => at);
  writeAll(slow, bytes, 100);
  expect(stored.subarray(100)).toEqual(bytes);
});

test.each([0, -1, 4_294_967_288, Number.NaN, 0.5, undefined])(
  "a write that returns %s is out of space",
  (count) => {
    const full = handle({ write: () => count as number });
    expect(() => writeAll(full, new Uint8Array(10), 0)).toThrow(
      expect.objectContaining({ name: "QuotaExceededError" }),
    );
  },
);

test("an exception that is not about space passes through unchanged", () => {
  const broken = new DOMException("broken", "InvalidStateError");
  const failing = handle({
    write() {
      throw broken;
    },
  });
  expect(() => writeAll(failing, new Uint8Array(10), 0)).toThrow(broken);
});

test("a reservation that silently reserved less is out of space", () => {
  const lying = handle({ truncate: () => undefined, getSize: () => 512 });
  expect(() => reserve(lying, 1024)).toThrow(
    expect.objectContaining({ name: "QuotaExceededError" }),
  );
});

test("a read is continued to the end, and a count that cannot be is no end", () => {
  const counts = [4, 3, 0];
  const slow = handle({ read: () => counts.shift() ?? 0 });
  expect(readAll(slow, new Uint8Array(10), 0)).toBe(7);
  const lying = handle({ read: () => 4_294_967_288 });
  expect(() => readAll(lying, new Uint8Array(10), 0)).toThrow(/returned 4294967288/);
});
