/**
 * How a process that may die at any moment tells its parent what it knows: one line a fact, written
 * before the next thing happens. A line is out when the call returns, so a death cannot take it back.
 */
import { writeSync } from "node:fs";

const STDOUT = 1;

/** @param {(string | number)[]} words */
export function say(...words) {
  const line = Buffer.from(`${words.join(" ")}\n`);
  let written = 0;
  while (written < line.length) {
    try {
      written += writeSync(STDOUT, line, written);
    } catch (error) {
      // The pipe is full: the parent is busy, and there is nothing to do but to wait for it.
      if (/** @type {{ code?: unknown }} */ (error).code !== "EAGAIN") throw error;
    }
  }
}
