/** Keys of the ordered stores: numbers as eight bytes, so that their order is that of the appends. */

export function keyAt(number: number): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setFloat64(0, number);
  return key;
}

export function numberOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset, 8).getFloat64(0);
}
