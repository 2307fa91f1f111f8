/** What the log in a browser is held to; all figures come from one run in one Chromium. */
import { type Target, ratio } from "../targets.ts";

const thousand = "browser page 1000 x 128 B";
const worker = "browser worker, groups of 1000 x 128 B";
const open = "browser open 100 MB";
const raw = "raw page loop";

export const browserTargets: readonly Target[] = [
  {
    key: "browserPage1000VsIndexedDb",
    text: "page, 1,000 in flight, 128 B, against IndexedDB strict at its best",
    least: 15,
    reached: (f) =>
      ratio(
        f.of(thousand, "stria page"),
        f.best(thousand, ({ contestant }) => contestant.startsWith("IndexedDB")),
      ),
  },
  {
    key: "browserPage1000VsSqlite",
    text: "page, 1,000 in flight, 128 B, against sqlite-wasm",
    least: 1.1,
    reached: (f) => ratio(f.of(thousand, "stria page"), f.of(thousand, "sqlite-wasm page")),
  },
  ...[100, 1].map((inFlight): Target => {
    const row = `browser page ${inFlight} x 128 B`;
    return {
      key: `browserPage${inFlight}VsRaw`,
      text: `page, ${inFlight} in flight, 128 B, against the bare loop`,
      least: 0.8,
      reached: (f) => ratio(f.of(row, "stria page"), f.of(row, raw)),
    };
  }),
  {
    key: "browserWorkerVsSqlite",
    text: "inside a worker, groups of 1,000 x 128 B, against sqlite-wasm",
    least: 4,
    reached: (f) =>
      ratio(f.of(worker, "stria worker, appendBatch"), f.of(worker, "sqlite-wasm worker")),
  },
  {
    key: "browserOpenVsRead",
    text: "opening 100 MB left by a killed worker, speed against reading them with checksums",
    least: 0.6,
    reached: (f) =>
      ratio(f.of(open, "raw read + CRC-32", "openMs"), f.of(open, "stria page, killed", "openMs")),
  },
  {
    key: "browserLongTasks",
    text: "page under load: tasks of the page over 50 ms, any round",
    most: 0,
    reached: (f) => f.worst("browser page", "longTasks"),
  },
];
