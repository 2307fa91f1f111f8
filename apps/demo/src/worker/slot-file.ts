/**
 * Where a segment really lies: finds the slot file of the origin's private file system that holds it, for changing
 * its bytes behind the log's back. Knows of a slot's header only name and generation (ADR 0007).
 */

const magic = "STRIASLT";
const payloadOffset = 8192;
const copyOffsets = [0, 4096];

/** Calls `use` with the file that holds `segment` of log `log`, and where the segment begins in it. The log must be closed. */
export async function withSegment<T>(
  log: string,
  segment: string,
  use: (file: FileSystemSyncAccessHandle, start: number, fileName: string) => T,
): Promise<T> {
  const root = await navigator.storage.getDirectory();
  const directory = await (await root.getDirectoryHandle("stria")).getDirectoryHandle(log);
  for await (const entry of directory.values()) {
    if (entry.kind !== "file" || !entry.name.startsWith("slot-")) continue;
    const file = await patiently(() => entry.createSyncAccessHandle());
    try {
      if (tenant(file) === segment) return use(file, payloadOffset, entry.name);
    } finally {
      file.close();
    }
  }
  throw new Error(`no slot of ${log} holds ${segment}`);
}

/** The name in the newer copy of a slot's header. */
function tenant(file: FileSystemSyncAccessHandle): string {
  let newest = { generation: -1, name: "" };
  for (const at of copyOffsets) {
    const bytes = new Uint8Array(512);
    file.read(bytes, { at });
    const view = new DataView(bytes.buffer);
    if (new TextDecoder().decode(bytes.subarray(0, 8)) !== magic) continue;
    const generation = Number(view.getBigUint64(16, true));
    const name = new TextDecoder().decode(bytes.subarray(62, 62 + view.getUint16(60, true)));
    if (generation > newest.generation) newest = { generation, name };
  }
  return newest.name;
}

/** A worker that was just ended lets go of its files some milliseconds later. */
async function patiently<T>(open: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 3000;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const busy = error instanceof DOMException && error.name === "NoModificationAllowedError";
      if (!busy || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
