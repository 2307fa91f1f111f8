/** Writes a large log or a file of the same records, or reads the file with the checksum the log uses. */
import { crc32, Wal } from "@stria/core";
import { opfsStorage } from "@stria/browser-opfs";

import { stamp, template } from "../src/payload.ts";
import { answerWith } from "./ask-worker.ts";
import { RawFile } from "./raw-file.ts";

type Question =
  | {
      readonly name: string;
      readonly payloadBytes: number;
      readonly records: number;
      readonly isLog: boolean;
    }
  | { readonly read: string };

const GROUP = 1000;

answerWith(async (asked) => {
  const question = asked as Question;
  if ("read" in question) return { value: await readThrough(question.read) };
  const { name, payloadBytes, records, isLog } = question;
  const write = await (isLog ? logWriter(name) : fileWriter(name));
  for (let done = 0; done < records; done += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, records - done) }, (_, i) => {
      const record = template(payloadBytes);
      stamp(record, 0, done + i);
      return record;
    });
    await write(group);
  }
  return { value: undefined };
});

async function logWriter(
  name: string,
): Promise<(group: readonly Uint8Array[]) => Promise<unknown>> {
  const wal = await Wal.open({ storage: opfsStorage(name) });
  return (group) => wal.appendBatch(group);
}

async function fileWriter(name: string): Promise<(group: readonly Uint8Array[]) => Promise<void>> {
  const file = await RawFile.open(name, false);
  return async (group) => {
    const size = group[0]?.length ?? 0;
    const bytes = new Uint8Array(size * group.length);
    for (const [at, record] of group.entries()) bytes.set(record, at * size);
    file.append(bytes);
  };
}

/** How long reading took, checksums included; the sum is used so that it is not optimized away. */
async function readThrough(name: string): Promise<number> {
  const before = performance.now();
  const file = await RawFile.open(name, false);
  let sum = 0;
  file.read((bytes) => {
    sum ^= crc32(bytes, 0);
  });
  file.close();
  const took = performance.now() - before;
  return sum === 0 ? took + 1e-9 : took;
}
