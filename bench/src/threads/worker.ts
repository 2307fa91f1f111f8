/** Entry of one measured worker: joins the log, appends in a closed loop until it is told to stop. */
import { parentPort, workerData } from "node:worker_threads";
import { contestantNamed } from "../contestants/index.ts";
import { stamp, template } from "../payload.ts";
import { Scoreboard } from "./scoreboard.ts";
import type { ThreadsUse } from "./threads.ts";

/** What a worker is started with. */
export interface WorkerOrder {
  readonly contestant: string;
  readonly directory: string;
  readonly worker: number;
  readonly use: ThreadsUse;
  readonly board: Int32Array;
  /** Of the contestant's host. */
  readonly ticket: unknown;
}

/** What it says: that it is ready, then how many records of each of its writers were acknowledged. */
export type WorkerWord = "ready" | { readonly acknowledged: Float64Array };

const { contestant, directory, worker, use, board, ticket } = workerData as WorkerOrder;
const say = (word: WorkerWord): void => parentPort!.postMessage(word);
const { threads } = contestantNamed(contestant);
if (threads === undefined) throw new Error(`${contestant} is not for several threads`);
const session = await threads.join(ticket, { directory, worker, use });
const scoreboard = new Scoreboard(board);
const payload = template(use.payloadBytes);
const acknowledged = new Float64Array(use.inFlight);

const write = async (writer: number): Promise<void> => {
  const record = payload.slice();
  for (let count = 0; !scoreboard.over; count++) {
    stamp(record, worker * use.inFlight + writer, count);
    await session.append(record);
    acknowledged[writer] = count + 1;
    scoreboard.count(worker);
  }
};

say("ready");
scoreboard.wait();
await Promise.all(Array.from(acknowledged.keys(), write));
await session.close();
say({ acknowledged });
