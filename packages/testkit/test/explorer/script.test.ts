/** Scripts and crash paths survive being printed and read again: a finding must be replayable as text. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCrashPath, parseCrashPath } from "../../src/explorer/crash-path.ts";
import { SeededRandom, formatScript, generateScript, parseScript } from "../../src/index.ts";

test("every generated script reads back as it was", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 40 }), (seed, length) => {
      const steps = generateScript(new SeededRandom(seed), length);
      expect(parseScript(formatScript(steps))).toEqual(steps);
    }),
  );
});

test("every step has a text of its own", () => {
  const text = "a100 s5 n7 x9 b3x10 t2x0 w d f c k k50 i20 j60 z60 v r g u o l p";
  expect(formatScript(parseScript(text))).toBe(text);
});

test.each(["q5", "a", "b3", "k101", "w5", "a1x2", "A5", "a-1"])("%s is no step", (word) => {
  expect(() => parseScript(word)).toThrow(RangeError);
});

test("paths read back as they were", () => {
  for (const text of ["7/a64 b3x10/e12/5p99.3k4.1m0", "1///", "2/r/q4096/", "3/a1/f7/9k1"]) {
    expect(formatCrashPath(parseCrashPath(text))).toBe(text);
  }
});

test.each(["", "x/a1//", "1/a1/z3/", "1/a1//5x3", "1/a1//5p", "1/////"])(
  "%s is no path",
  (text) => {
    expect(() => parseCrashPath(text)).toThrow(RangeError);
  },
);
