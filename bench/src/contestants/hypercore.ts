/** hypercore 11: an append-only log made for replication; it never syncs. */
import type { Contestant } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";

interface Hypercore {
  readonly length: number;
  ready(): Promise<void>;
  append(record: Uint8Array | Uint8Array[]): Promise<unknown>;
  get(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Records a buffered append puts into one call. */
const RECORDS_A_CALL = 64;

export const hypercore: Contestant = {
  name: "hypercore",
  package: "hypercore",
  kind: "rival",
  guarantee: "no sync, ever",
  blocking: false,
  open: async (directory) => {
    const Core = loadCommonJs("hypercore") as new (path: string) => Hypercore;
    const core = new Core(directory);
    await core.ready();
    let pushed: Uint8Array[] = [];
    const flush = async (): Promise<void> => {
      const records = pushed;
      pushed = [];
      if (records.length > 0) await core.append(records);
    };
    return {
      append: (record) => core.append(record),
      push: (record) => {
        pushed.push(record);
        return pushed.length < RECORDS_A_CALL ? undefined : flush();
      },
      settle: flush,
      get: (index) => core.get(index),
      read: async (visit, first = 0) => {
        for (let index = first; index < core.length; index++) visit(await core.get(index));
      },
      close: () => core.close(),
    };
  },
};
