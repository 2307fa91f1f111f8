/** The log as a page has it: the remote log, and what only a page can ask or grant. */
import { WalError } from "@stria/core";
import { RemoteWal } from "@stria/core/remote";
import type { RemoteWalOptions } from "@stria/core/remote";
import type { OpfsReport } from "../opfs-storage.ts";
import type { Home } from "./home.ts";

/** How the storage behind a page's log stands; `growthFailure` is text here. */
export type StorageReport = OpfsReport;

/** A log that lives in a worker, of this tab or of another one. Made by `openWal`. */
export class TabWal extends RemoteWal {
  #home: Home | undefined;
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

  protected override async closeOnce(): Promise<void> {
    this.#stopFollowing?.();
    try {
      await super.closeOnce();
    } finally {
      this.#home?.end();
    }
  }

  /** A hidden page may never come back: it lets the log go, and takes it up again if it does. */
  #followPage(home: Home): () => void {
    let gone: Promise<void> = Promise.resolve();
    const hide = (): void => {
      gone = this.leave().then(
        () => home.end(),
        // Whoever waited for those records has been told; here the log only must be let go.
        () => home.end(),
      );
    };
    const show = (event: PageTransitionEvent): void => {
      if (!event.persisted) return;
      gone = gone
        .then(() => home.start())
        .catch((error: unknown) => {
          this.abandon(error instanceof Error ? error : new Error(String(error)));
        });
    };
    globalThis.addEventListener("pagehide", hide);
    globalThis.addEventListener("pageshow", show);
    return () => {
      globalThis.removeEventListener("pagehide", hide);
      globalThis.removeEventListener("pageshow", show);
    };
  }
}
