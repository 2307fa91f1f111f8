/** Changes to a log's bytes that its checksums do not notice: what only authentication can find. */
import { crc32 } from "node:zlib";

const framesStart = 8192;
const sectorBytes = 512;

/** Offsets of the frames in a segment, in order. */
export function frameOffsets(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const offsets: number[] = [];
  for (let at = framesStart; at + 48 <= file.length && view.getUint32(at + 4, true) !== 0;) {
    offsets.push(at);
    at += Math.ceil((48 + view.getUint32(at + 8, true)) / sectorBytes) * sectorBytes;
  }
  return offsets;
}

/** Flips a bit at `at` in the frame that starts at `frame`, and makes its checksum fit again. */
export function forgeFrame(file: Uint8Array, frame: number, at: number): void {
  file[frame + at]! ^= 1;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const size = Math.ceil((48 + view.getUint32(frame + 8, true)) / sectorBytes) * sectorBytes;
  // Seeded with log id, segment id and epoch, which stand one after the other in the header.
  const seed = crc32(file.subarray(16, 44));
  view.setUint32(frame, crc32(file.subarray(frame + 4, frame + size), seed), true);
}

/** Flips a bit at `at` in both copies of the header, and makes their checksums fit again. */
export function forgeHeader(file: Uint8Array, at: number): void {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (const copy of [0, 4096]) {
    file[copy + at]! ^= 1;
    view.setUint32(copy + 508, crc32(file.subarray(copy, copy + 508)), true);
  }
}
