/** The ratios this project holds several threads to. */
import { type Figures, type Target, ratio } from "../targets.ts";

const cost = "threads: cost of an append of 128 B";
const worker = ", flusher in a worker";

const costOf = (f: Figures, who: string): number | undefined => f.of(cost, who, "nsPerRecord");

export const threadTargets: readonly Target[] = [
  {
    key: "producerAppendBeyondCopyNs",
    text: "an append on a producer's thread, ns beyond a plain ring write of the same 128 B",
    most: 150,
    reached: (f) => {
      const [append, copy] = [costOf(f, "stria producers"), costOf(f, "plain ring write")];
      return append === undefined || copy === undefined ? undefined : append - copy;
    },
  },
  {
    key: "producerAppendVsRingWrite",
    text: "the same as a ratio",
    reached: (f) => ratio(costOf(f, "stria producers"), costOf(f, "plain ring write")),
  },
  ...[1, 2, 4, 8].map((producers): Target => {
    const row = `threads: ${producers} x 1024 x 128 B`;
    return {
      key: `producers${producers}VsMessages`,
      text: `${row}, durable, against a message a record`,
      least: 3,
      reached: (f) => ratio(f.of(row, "stria producers"), f.of(row, "a message a record")),
    };
  }),
  ...[
    { key: "loopDelayFlusherInWorkerMs", row: "1024 x 128 B", who: "stria" },
    { key: "loopDelayBufferedFlusherInWorkerMs", row: "buffered", who: "stria appendAsync" },
  ].map(({ key, row, who }): Target => {
    const name = `threads: the application's own, ${row}`;
    return {
      key,
      text: `${name}: event loop delay with the flusher in a worker, 99th percentile, ms`,
      most: 5,
      reached: (f) => f.of(name, `${who}${worker}`, "loopDelayP99Ms"),
    };
  }),
];
