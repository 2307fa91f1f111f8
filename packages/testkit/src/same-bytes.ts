/** Compares what was read with what was written. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // A plain loop: most of what a life checks is compared here.
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
