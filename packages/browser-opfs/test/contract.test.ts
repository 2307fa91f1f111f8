/** The whole storage contract, on the fake origin: names that survive at once, as Firefox has them. */
import { storageContract } from "@stria/testkit";
import { test } from "vitest";
import { storageOn } from "../src/opfs-storage.ts";
import { FakeOrigin } from "./support/fake-origin.ts";

storageContract({
  test,
  factory: async () => {
    const origin = new FakeOrigin();
    origin.youngMs = 0;
    const make = (): ReturnType<typeof storageOn> =>
      storageOn(() => origin.platform(), "contract", { slotBytes: 524_288, namesSettleMs: 0 });
    const storage = make();
    await storage.prepare();
    return {
      storage,
      reopen: async () => make(),
      crash: async () => {
        origin.cutPower((below) => Math.floor(below / 2));
        return make();
      },
      limitSpace(bytes) {
        origin.quotaBytes = origin.usedBytes() + bytes;
      },
      failNext(verb) {
        const below = verb === "read" || verb === "write" ? verb : "flush";
        origin.faults.set(below, new DOMException("broken", "InvalidStateError"));
      },
      cleanup() {
        // The origin is this test's alone, and in memory.
      },
    };
  },
});
