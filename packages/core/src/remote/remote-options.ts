/** Options of a remote log: names, defaults, ranges. The log's own options are the host's. */
import { RoomQueue } from "../append/room.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type WalEventListener, emitter } from "../events.ts";
import { integer } from "../options.ts";
import type { LinkOptions } from "./host-link.ts";

/** Options of `RemoteWal.open`. */
export interface RemoteWalOptions {
  /** Cloned and handed to the host's `open`. */
  readonly request?: unknown;
  /** Bytes of records that may wait for the host; 1 MiB. */
  readonly stripeBytes?: number;
  /** Largest record, and largest batch, in bytes, that is sent at all; 64 MiB. The host may allow less. */
  readonly maxRecordBytes?: number;
  /** How long `append` waits for room in milliseconds; 30,000. */
  readonly maxAppendBlockMs?: number;
  /** Events of the log; those with an error carry it rebuilt. */
  readonly onEvent?: WalEventListener;
  /** When the host is lost, wait for {@link RemoteWal.attach} instead of ending. */
  readonly awaitsNextHost?: boolean;
  readonly clock?: Clock;
}

/** Options with every default filled in. */
export interface ResolvedRemoteOptions {
  readonly link: LinkOptions;
  readonly maxRecordBytes: number;
}

const MIB = 1024 * 1024;

/** A bad option is refused before anything is sent. `describe` says what is full when there is no room. */
export function resolveRemoteOptions(
  options: RemoteWalOptions,
  describe: () => string,
): ResolvedRemoteOptions {
  const maxBlockMs = integer(
    "maxAppendBlockMs",
    options.maxAppendBlockMs ?? 30_000,
    0,
    0x7fff_ffff,
  );
  return {
    link: {
      room: new RoomQueue(options.clock ?? systemClock, maxBlockMs, describe),
      stripeBytes: integer("stripeBytes", options.stripeBytes ?? MIB, 1024, 1024 * MIB),
      emit: emitter(options.onEvent),
      awaitsNextHost: options.awaitsNextHost ?? false,
    },
    maxRecordBytes: integer("maxRecordBytes", options.maxRecordBytes ?? 64 * MIB, 1, 1024 * MIB),
  };
}
