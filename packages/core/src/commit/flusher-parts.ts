/** What the flusher works with; one of each for a log in use. */
import type { Sequencer } from "../append/sequencer.ts";
import type { RoomQueue } from "../append/room.ts";
import type { Clock } from "../clock.ts";
import type { WalEventListener } from "../events.ts";
import type { DurabilityPolicy } from "./durability.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Watermark } from "./watermark.ts";

export interface FlusherParts {
  readonly writer: LogWriter;
  readonly source: Sequencer;
  readonly room: RoomQueue;
  readonly watermark: Watermark;
  readonly policy: DurabilityPolicy;
  readonly clock: Clock;
  readonly emit: WalEventListener;
  /** This thread has nothing else to do: storage calls block it. */
  readonly blockingWrites: boolean;
}
