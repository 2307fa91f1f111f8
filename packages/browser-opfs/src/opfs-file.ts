/**
 * One open file of the log: a view of the slot it lives in. All views of a file share the slot's one
 * sync access handle, so several readers and the writer have the file open at once. Every verb is
 * blocking underneath; the asynchronous ones differ in how they report.
 */
import { WalError } from "@stria/core";
import type { BlockingFile, StorageFile } from "@stria/core";
import type { Slot } from "./slot.ts";

/** Opens a view; the slot is not lent to another file before it is closed. */
export function openView(
  slot: Slot,
  { fromReserve = false }: { fromReserve?: boolean } = {},
): StorageFile {
  slot.views += 1;
  const { name } = slot;
  let open = true;

  const blocking: BlockingFile = {
    read: (into, at) => lent().read(into, whole("at", at)),
    write: (bytes, at) => lent().write(bytes, whole("at", at)),
    truncate: (size) => lent().truncate(whole("size", size)),
    sync: () => lent().flush(),
    close() {
      if (!open) return;
      open = false;
      slot.views -= 1;
      if (slot.views === 0) slot.noteLength({ ended: true });
    },
  };

  function lent(): Slot {
    if (open) return slot;
    throw new WalError("WAL_CLOSED", `file ${name} is closed`, { details: { segment: name } });
  }

  return {
    blocking,
    fromReserve,
    size: async () => lent().length,
    read: async (into, at) => blocking.read(into, at),
    write: async (bytes, at) => blocking.write(bytes, at),
    truncate: async (size) => blocking.truncate(size),
    sync: async () => blocking.sync(),
    close: async () => blocking.close(),
  };
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${name} must be a whole number from 0, got ${value}`);
}
