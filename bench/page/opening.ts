/** Opening a large log whose writer was killed, beside reading as many bytes from a bare file with checksums. */
import { openWal } from "@stria/browser-opfs";
import type { Measurement } from "../src/job.ts";
import { AskedWorker, inWorker } from "./ask-worker.ts";
import type { PageJob } from "./main.ts";

const NAME = "large";

export async function opening(job: PageJob): Promise<Measurement> {
  const { payloadBytes, records, contestant } = job;
  const writer = new AskedWorker("large-worker");
  const question = { name: NAME, payloadBytes, records, isLog: contestant.startsWith("stria") };
  await writer.ask(question);
  // No goodbye: the log was not closed.
  writer.end();
  if (!question.isLog) {
    const openMs = await inWorker<number>("large-worker", { read: NAME });
    return { figures: { openMs }, readBack: "not applicable" };
  }
  const before = performance.now();
  const wal = await openWal({ name: NAME, storage: { lockTimeoutMs: 5000 } });
  const openMs = performance.now() - before;
  let read = 0;
  for await (const batch of wal.readBatches()) read += batch.length;
  const readMs = performance.now() - before;
  const { segments, totalBytes } = wal.stats();
  await wal.close();
  const verdict = read === records ? "yes" : (`no: ${read} of ${records} records` as const);
  const figures = { openMs, openAndReadMs: readMs, segments, totalMib: totalBytes / 2 ** 20 };
  return { figures, readBack: verdict };
}
