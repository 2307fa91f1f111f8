/** Where things lie in a slot file; apart from the codec, which a page need not load. */

/** Bytes of one copy; one sector of the drives in use. */
export const headerBytes = 512;
/** Where the two copies lie. */
export const copyOffsets: readonly [number, number] = [0, 4096];
/** Where the payload begins: right behind the block of the second copy. */
export const payloadOffset = 8192;
/** Longest name of a file, in UTF-8 bytes. */
export const maxNameBytes = 255;
