/** The queue in front of a full stripe. What callers see of it is in `backpressure.test.ts`. */
import { expect, test } from "vitest";
import { RoomQueue } from "../src/append/room.ts";
import { FakeClock } from "./support/fake-clock.ts";

test("who is admitted and makes room lets the next one in, whatever the queue's length, in order", () => {
  const room = new RoomQueue(new FakeClock(), 1000, () => "full");
  const admitted: number[] = [];
  let free = 1;
  const admit = (): void => room.admit(() => free > 0);
  for (let n = 0; n < 50_000; n++) {
    room.wait(
      1,
      () => {
        admitted.push(n);
        free--;
        // As a group that is built inside this very append.
        free++;
        admit();
      },
      (error) => {
        throw error;
      },
    );
  }
  admit();
  expect(admitted).toEqual(Array.from({ length: 50_000 }, (_, n) => n));
  expect(room.length).toBe(0);
});
