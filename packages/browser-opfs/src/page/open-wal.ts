/** The page's front door: `openWal` checks the options, finds the log a home and moves it in. */
import { WalError } from "@stria/core";
import type { WalEventListener } from "@stria/core";
import type { RemoteWalOptions } from "@stria/core/remote";
import { checkLogName, decideSettings } from "../options.ts";
import type { OpfsStorageOptions } from "../options.ts";
import type { CipherDescription, PlainWalOptions, WalRequest } from "../wal-request.ts";
import { part } from "../part.ts";
import { ExclusiveHome } from "./home.ts";
import type { WorkerSource } from "./own-host.ts";
import { TabWal } from "./tab-wal.ts";

/** Options of {@link openWal}: those of `Wal.open` a message can carry, and the page's own. */
export interface OpenWalOptions extends PlainWalOptions {
  /** Name of the log in this origin: 1 to 64 of a-z 0-9 . _ - */
  readonly name: string;
  /**
   * `exclusive` (default): while one tab has the log, others get `WAL_LOCKED`. `shared`: all tabs use it, one
   * of them hosts it, and the next one takes over when that is closed or crashes. All tabs must say the same.
   */
  readonly tabs?: "exclusive" | "shared";
  /** The cipher, described so that a worker can make it; or give the worker of your own a real one. */
  readonly cipher?: CipherDescription;
  /** A worker whose program calls `hostWal`; the package's own by default. A function can make another one when it dies. */
  readonly worker?: WorkerSource;
  /** Size and number of the log's files. */
  readonly storage?: OpfsStorageOptions;
  readonly onEvent?: WalEventListener;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a log on the private files of this origin, from a page: a worker has the files, this end has the
 * calls of `Wal`. Works without cross-origin isolation. There is no fall-back to memory: what a browser cannot
 * do is an error that says what to do about it.
 *
 * @throws WalError `WAL_UNSUPPORTED` (no private files, private window, worker does not start),
 *   `WAL_LOCKED`, `WAL_NO_SPACE`, and whatever `Wal.open` rejects with.
 * @throws TypeError RangeError for a bad option.
 * @example
 * ```ts
 * const wal = await openWal({ name: "orders" });
 * await wal.append(new TextEncoder().encode("kept, even if the tab dies now"));
 * ```
 */
export async function openWal(options: OpenWalOptions): Promise<TabWal> {
  const {
    name,
    tabs = "exclusive",
    cipher,
    worker,
    storage = {},
    onEvent,
    signal,
    ...wal
  } = options;
  checkLogName(name);
  decideSettings(storage);
  if (tabs !== "exclusive" && tabs !== "shared") {
    throw new TypeError(`tabs must be exclusive or shared, not ${String(tabs)}`);
  }
  if (signal?.aborted === true) throw aborted(signal);
  const request: Omit<WalRequest, "hostId"> = {
    name,
    wal,
    storage,
    isShared: tabs === "shared",
    ...(cipher === undefined ? {} : { cipher: { ...cipher, module: String(cipher.module) } }),
  };
  const opened = TabWal.homeless({
    ...limits(wal),
    ...(onEvent === undefined ? {} : { onEvent }),
    awaitsNextHost: true,
  });
  const Home =
    tabs === "shared" ? (await part(import("./shared-home.ts"))).SharedHome : ExclusiveHome;
  const home = new Home(opened, request, worker);
  const settled = opened.settle(home);
  const abort = (): void => {
    home.end();
    if (signal !== undefined) opened.abandon(aborted(signal));
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await (signal === undefined ? settled : Promise.race([settled, whenAborted(signal)]));
    return opened;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function limits(wal: PlainWalOptions): RemoteWalOptions {
  const { stripeBytes, maxRecordBytes, maxAppendBlockMs } = wal;
  return {
    ...(stripeBytes === undefined ? {} : { stripeBytes }),
    ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }),
    ...(maxAppendBlockMs === undefined ? {} : { maxAppendBlockMs }),
  };
}

function aborted(signal: AbortSignal): WalError {
  return new WalError("WAL_ABORTED", "opening the log was given up", { cause: signal.reason });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(aborted(signal)), { once: true });
  });
}
