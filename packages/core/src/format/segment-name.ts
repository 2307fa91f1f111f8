/** Segment files are named by their id: twenty decimal digits and `.wal`, so that names sort like ids. */

/** `00000000000000000007.wal` for 7. */
export function segmentName(id: number): string {
  return `${String(id).padStart(20, "0")}.wal`;
}

/** The id a file name stands for, or `undefined` for a file that is no segment. */
export function segmentId(name: string): number | undefined {
  if (!/^\d{20}\.wal$/.test(name)) return undefined;
  const id = Number(name.slice(0, 20));
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}
