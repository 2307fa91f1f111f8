/** What the write end of a log is made with. */
import type { Crc32 } from "../checksum.ts";
import type { Cipher } from "../cipher.ts";
import type { Clock, Random } from "../clock.ts";
import type { WalEventListener } from "../events.ts";
import type { Storage } from "../storage.ts";

export interface LogWriterOptions {
  readonly storage: Storage;
  readonly segmentBytes: number;
  readonly frameBytes: number;
  readonly cipher: Cipher | undefined;
  readonly crc32: Crc32;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: WalEventListener;
  /** Called when the stripe has been drained and has room again, before the write. */
  readonly onDrained: () => void;
  /** Chooses the low LSN the header of a segment behind `predecessorId` makes durable (ring logs). */
  readonly lowLsnAtBirth: (predecessorId: number) => number;
}
