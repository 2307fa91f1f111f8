/** Every case starts in an empty origin. */

const PATIENCE_MS = 5000;
const PAUSE_MS = 20;

/** Removes all private files and databases; waits for workers that ended a moment ago to let go of theirs. */
export async function wipe(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const deadline = performance.now() + PATIENCE_MS;
  for await (const name of root.keys()) await removed(root, name, deadline);
  for (const { name = "" } of await indexedDB.databases()) {
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.addEventListener("success", () => resolve());
      request.addEventListener("error", () => reject(request.error ?? new Error("no reason")));
    });
  }
}

async function removed(
  root: FileSystemDirectoryHandle,
  name: string,
  deadline: number,
): Promise<void> {
  for (;;) {
    try {
      await root.removeEntry(name, { recursive: true });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
