/** What the page needs of a browser, found out before anything is started. */

/** Something that is missing, and what to do about it. */
export interface Missing {
  readonly what: string;
  readonly remedy: string;
}

/** Everything that is missing here; empty where the page works. */
export async function missing(): Promise<Missing[]> {
  const found: Missing[] = [];
  if (!globalThis.isSecureContext) {
    found.push({
      what: "A secure page",
      remedy: "Browsers hand out private files on https:// or localhost only.",
    });
  }
  if (globalThis.Worker === undefined) {
    found.push({ what: "Web workers", remedy: "The log lives in one. Use a current browser." });
  }
  if (navigator.locks === undefined) {
    found.push({
      what: "Web Locks",
      remedy: "They keep a second tab out. Chrome 108, Firefox 111 and Safari 16.4 have them.",
    });
  }
  const storage: Partial<StorageManager> | undefined = navigator.storage;
  if (storage?.getDirectory === undefined) {
    found.push({
      what: "The origin private file system",
      remedy: "The log is real files. Chrome 108, Firefox 111 and Safari 16.4 have it.",
    });
    return found;
  }
  try {
    await storage.getDirectory();
  } catch (error) {
    found.push({
      what: "Permission to store files",
      remedy: `The browser refuses (${(error as Error).name}): leave the private window, or allow this site to keep data.`,
    });
  }
  return found;
}

/** Whether threads can share memory here; the page works without. */
export const sharesMemory: boolean = globalThis.crossOriginIsolated && "waitAsync" in Atomics;
