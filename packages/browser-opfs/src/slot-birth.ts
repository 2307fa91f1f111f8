/**
 * How a slot file becomes a {@link Slot}: made anew, or found again and judged. The rule that counts:
 * both header copies bad is damage and never "free", unless the file shows that it never was a slot.
 */
import { WalError } from "@stria/core";
import { readAll, reserve, writeAll } from "./sync-access.ts";
import type { SyncAccess } from "./platform.ts";
import { decodeHeader, encodeHeader, weighCopies } from "./slot-header.ts";
import type { HeaderCopy, SlotHeader } from "./slot-header.ts";
import { copyOffsets, headerBytes, payloadOffset } from "./slot-layout.ts";
import { Slot, zeroedHeadBytes } from "./slot.ts";

/** Reserves the space, then writes both header copies, each synced singly, the first one first. */
export function bearSlot(
  handle: SyncAccess,
  settings: { slot: number; payloadBytes: number; bornMs: number },
): Slot {
  reserve(handle, payloadOffset + settings.payloadBytes);
  const header: SlotHeader = {
    ...settings,
    generation: 1,
    name: "",
    length: 0,
    exactLength: true,
    staleEnd: 0,
  };
  for (const offset of copyOffsets) {
    writeAll(handle, encodeHeader(header), offset);
    handle.flush();
  }
  return new Slot(handle, { header, copy: 1 });
}

/**
 * Reads the slot in an existing file; `undefined` if it never was one (its birth was cut short).
 * Throws `WAL_CORRUPT` for damage and `WAL_UNSUPPORTED_VERSION` for what a newer release wrote.
 */
export function findSlot(handle: SyncAccess, slot: number): Slot | undefined {
  const state = weighCopies(readCopy(handle, slot, 0), readCopy(handle, slot, 1));
  if (state.kind === "damaged") throw damaged(slot, state.why);
  if (state.kind === "newer") {
    throw new WalError(
      "WAL_UNSUPPORTED_VERSION",
      `slot ${slot} has header version ${state.version}, this release knows version 1`,
    );
  }
  if (state.kind === "unborn") {
    if (payloadBegun(handle)) throw damaged(slot, "the payload has bytes, the headers are gone");
    return undefined;
  }
  const { header, copy, twin } = state;
  const expected = payloadOffset + header.payloadBytes;
  const size = handle.getSize();
  if (header.name !== "" && size < expected) {
    throw damaged(slot, `expected a file of ${expected} bytes, found ${size}`, header.name);
  }
  const found = new Slot(handle, { header, copy });
  if (twin !== "same") found.heal(twin);
  return found;
}

function readCopy(handle: SyncAccess, slot: number, copy: 0 | 1): HeaderCopy {
  const bytes = new Uint8Array(headerBytes);
  // What lies behind the end of the file counts as zeros: a file that was made and never reserved.
  readAll(handle, bytes, copyOffsets[copy]);
  return decodeHeader(bytes, slot);
}

function payloadBegun(handle: SyncAccess): boolean {
  const head = new Uint8Array(zeroedHeadBytes);
  readAll(handle, head, payloadOffset);
  return head.some((byte) => byte !== 0);
}

function damaged(slot: number, why: string, segment?: string): WalError {
  return new WalError("WAL_CORRUPT", `slot ${slot} is damaged: ${why}`, {
    details: segment === undefined ? {} : { segment },
  });
}
