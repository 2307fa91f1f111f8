/** The log as a page has it: the remote log, and what only a page can ask or grant. */
import { WalError } from "@stria/core";
import type { AppendOptions, ProducerHandleOptions, WaitOptions, WalStats } from "@stria/core";
import { bestProducerPath, RemoteWal } from "@stria/core/remote";
import type { RemoteWalOptions } from "@stria/core/remote";
import type { TabProducerHandle } from "../attach-producer.ts";
import type { OpfsReport } from "../opfs-storage.ts";
import { part } from "../part.ts";
import type { Home } from "./home.ts";
import type { TabStripes } from "./tab-stripes.ts";

/** How the storage behind a page's log stands; `growthFailure` is text here. */
export type StorageReport = OpfsReport;

/** A log that lives in a worker, of this tab or of another one. Made by `openWal`. */
export class TabWal extends RemoteWal {
  #home: Home | undefined;
  /** Where this tab hosts the log; made when it is first needed. */
  #stripes: TabStripes | undefined;
  /** Of the host, while it is in this tab. */
  #hostId: string | undefined;
  #stopFollowing: (() => void) | undefined;

  private constructor(options: RemoteWalOptions) {
    super(options);
  }

  /** Without a home yet. */
  static homeless(options: RemoteWalOptions): TabWal {
    return new TabWal(options);
  }

  /** Moves in: opens the log there, and goes with the page from then on. */
  async settle(home: Home): Promise<void> {
    this.#home = home;
    try {
      await home.start();
    } catch (error) {
      home.end();
      throw error;
    }
    this.#stopFollowing = this.#followPage(home);
  }

  /**
   * Whether the log would survive a power cut by now, why not, and what room there is: new files of
   * Chromium are not safe for about a minute, and no file is safe from eviction unless {@link persist}.
   */
  async storageReport(): Promise<StorageReport> {
    return (await this.ask("storageReport")) as StorageReport;
  }

  /**
   * Asks the browser not to evict this origin's data; it may ask the user. Resolves to its answer.
   * @throws WalError `WAL_UNSUPPORTED` where there is nobody to ask, as in a worker.
   */
  async persist(): Promise<boolean> {
    const storage: Partial<StorageManager> = navigator.storage;
    if (storage.persist === undefined) {
      throw new WalError("WAL_UNSUPPORTED", "persistence can be asked for on a page only");
    }
    return navigator.storage.persist();
  }

  /** As `Wal.append`; over shared memory on a page that is cross-origin isolated. */
  override append(record: Uint8Array, options?: AppendOptions): Promise<number> {
    return this.#shared?.append(record, options) ?? super.append(record, options);
  }

  /** As `Wal.appendBatch`. */
  override appendBatch(records: readonly Uint8Array[], options?: AppendOptions): Promise<number[]> {
    return this.#shared?.appendBatch(records, options) ?? super.appendBatch(records, options);
  }

  /** As `RemoteWal.appendAsync`. */
  override appendAsync(record: Uint8Array): number {
    return this.#shared?.appendAsync(record) ?? super.appendAsync(record);
  }

  /** As `RemoteWal.durable`. */
  override durable(lsnOrTicket: number, options: WaitOptions = {}): Promise<void> {
    return this.#stripes?.durable(lsnOrTicket, options) ?? super.durable(lsnOrTicket, options);
  }

  /** As `RemoteWal.commit`. */
  override async commit(options: WaitOptions = {}): Promise<void> {
    await super.commit(options);
    await this.#shared?.commit(options);
  }

  /** As `RemoteWal.ready`. */
  override ready(options: WaitOptions = {}): Promise<void> {
    return this.#shared?.ready(options) ?? super.ready(options);
  }

  override get durableLsn(): number {
    return Math.max(super.durableLsn, this.#stripes?.durableLsn ?? 0);
  }

  override get nextLsn(): number {
    return Math.max(super.nextLsn, (this.#stripes?.lastLsn ?? 0) + 1);
  }

  /** As `RemoteWal.stats`; `producers` says how this tab's appends and its producers reach the log. */
  override stats(): WalStats {
    return {
      ...super.stats(),
      producers: this.#hostId === undefined ? "messages" : bestProducerPath,
    };
  }

  /**
   * A handle for one other worker of this tab, which appends with `attachProducer(handle)`: post it with
   * its `transfer` list. Over shared memory on a cross-origin isolated page, else over messages. When the
   * attached worker ends, however it ends, its place is free again; for one that never attached, give a `signal`.
   * @throws WalError `WAL_UNSUPPORTED` in a tab that is another tab's guest, `WAL_BACKPRESSURE` when all places are taken
   */
  async producerHandle(
    options: Pick<ProducerHandleOptions, "signal" | "path"> = {},
  ): Promise<TabProducerHandle> {
    const hostId = this.#hostId;
    if (hostId === undefined) {
      throw new WalError("WAL_UNSUPPORTED", "only the tab that hosts the log can have producers");
    }
    const stripes = await this.#loadStripes();
    return stripes.handle({ hostId, path: bestProducerPath, ...options });
  }

  /** Appends over shared memory from now on, if this page is isolated and nothing is under way by message. */
  async movedIn(hostId: string): Promise<void> {
    this.#hostId = hostId;
    if (bestProducerPath !== "shared-memory") return;
    const stripes = await this.#loadStripes();
    // What was appended before goes first.
    await stripes.share(
      () => super.stats().stripes.at(-1)?.pendingRecords === 0,
      () => super.commit(),
    );
  }

  override hostLost(cause: Error): void {
    this.#hostId = undefined;
    super.hostLost(cause);
    this.#stripes?.end();
  }

  override abandon(cause: Error): void {
    this.#hostId = undefined;
    super.abandon(cause);
    this.#stripes?.end();
  }

  override async leave(): Promise<void> {
    this.#hostId = undefined;
    // What comes now waits for the next host; what is in the stripe the closing log takes with it.
    this.#stripes?.leave();
    try {
      await super.leave();
    } finally {
      this.#stripes?.end();
    }
  }

  get #shared(): TabStripes | undefined {
    return this.#stripes?.isInUse === true ? this.#stripes : undefined;
  }

  async #loadStripes(): Promise<TabStripes> {
    const { TabStripes } = await part(import("./tab-stripes.ts"));
    this.#stripes ??= new TabStripes({
      ask: (verb, argument) => this.ask(verb, argument),
      waits: () => /^(?:synchronous|group-commit)$/u.test(this.durability.mode),
    });
    return this.#stripes;
  }

  protected override async closeOnce(): Promise<void> {
    this.#stopFollowing?.();
    try {
      await this.#stripes?.finish();
      await super.closeOnce();
    } finally {
      this.#home?.end();
    }
  }

  /** A page that is left or frozen may never come back: it lets the log go, and takes it up again if it does. */
  #followPage(home: Home): () => void {
    let gone: Promise<void> = Promise.resolve();
    let isAway = false;
    const hide = (): void => {
      isAway = true;
      gone = this.leave().then(
        () => home.end(),
        // Whoever waited for those records has been told; here the log only must be let go.
        () => home.end(),
      );
    };
    const freeze = (): void => {
      isAway = true;
      // No turn is left to close the log in: it ends as if the worker had died, and other tabs go on.
      home.end();
      this.hostLost(new WalError("WAL_CLOSED", "the page was frozen"));
    };
    const comeBack = (): void => {
      if (!isAway) return;
      isAway = false;
      gone = gone
        .then(() => home.start())
        .catch((error: unknown) => {
          // Away again before it had the log: it is asked for when the page is back.
          if (!isAway) this.abandon(error instanceof Error ? error : new Error(String(error)));
        });
    };
    const heard = new AbortController();
    const { signal } = heard;
    globalThis.addEventListener("pagehide", hide, { signal });
    globalThis.addEventListener("pageshow", comeBack, { signal });
    // In a worker there is none.
    const { document } = globalThis as { document?: Document };
    document?.addEventListener("freeze", freeze, { signal });
    document?.addEventListener("resume", comeBack, { signal });
    return () => heard.abort();
  }
}
