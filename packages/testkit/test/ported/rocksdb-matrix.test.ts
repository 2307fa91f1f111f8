/** RocksDB's matrix: {cut, corrupt} × where × which file × recovery mode. */
import { describe, expect, test } from "vitest";
import type { RecoveryMode } from "@stria/core";
import { outcome } from "../support/end-of-log.ts";
import { framesOf, headerOf } from "../support/evidence.ts";
import { killedLog } from "../support/log-images.ts";

const log = await killedLog(24);
const { image } = log;
const files = { first: 0, middle: 1, last: image.names.length - 1 } as const;
const modes: readonly RecoveryMode[] = ["strict", "point-in-time", "salvage"];

describe.each(["cut", "corrupt"] as const)("%s", (damage) => {
  describe.each(["beginning", "middle", "end"] as const)("at the %s", (where) => {
    describe.each(Object.entries(files))("of the %s segment", (_which, n) => {
      const name = image.names[n] ?? "";
      const records = framesOf(image, name).filter(({ count }) => count > 0);
      const at = { beginning: 0, middle: records.length >> 1, end: records.length - 1 }[where];
      const victim = records[at];
      const lsn = victim?.firstLsn ?? 0;
      const after = image.names[n + 1];
      const next = after === undefined ? undefined : headerOf(image, after)?.firstLsn;
      const damaged = image.clone();
      if (damage === "cut") damaged.truncate(name, victim?.offset ?? 0);
      else damaged.flipBit(name, (victim?.offset ?? 0) + 60);
      // A cut in the newest file takes its own witnesses away: it looks like an end.
      const unseen = next === undefined && (damage === "cut" || where === "end");
      const prefix = lsn === 1 ? "" : lsn === 2 ? "1" : `1-${lsn - 1}`;
      const rest = damage === "cut" ? (next ?? 0) : lsn + 1;
      const suffix = rest === log.lastLsn ? `${rest}` : `${rest}-${log.lastLsn}`;
      const expected: Readonly<Record<RecoveryMode, string>> = unseen
        ? { strict: prefix, "point-in-time": prefix, salvage: prefix }
        : {
            strict: "WAL_CORRUPT",
            "point-in-time": prefix,
            salvage: prefix === "" ? suffix : `${prefix},${suffix}`,
          };

      test.each(modes)("mode %s", async (mode) => {
        expect(await outcome(damaged.clone(), mode)).toBe(expected[mode]);
      });
    });
  });
});
