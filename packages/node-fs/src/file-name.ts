/** Which names may live in a log's directory. Keeps every path inside it and the lock file out of reach. */

/** The file that carries the writer's lock; never listed, never created or removed as a log's file. */
export const lockFileName = ".stria.lock";

const sparePrefix = ".stria.spare-";

/** Name of a file that waits to be written over; never listed, never created or removed as a log's file. */
export function spareName(number: number): string {
  return `${sparePrefix}${process.pid}-${number}`;
}

export function isSpareName(name: string): boolean {
  return name.startsWith(sparePrefix);
}

/** Returns `name`, or throws a `RangeError`: a name is one path component, and not the lock's. */
export function checkName(name: string): string {
  if (typeof name !== "string") throw new TypeError("name must be a string");
  const bad =
    name.length === 0 ||
    name.length > 255 ||
    name === "." ||
    name === ".." ||
    name === lockFileName ||
    isSpareName(name) ||
    /[/\\:\0]/.test(name);
  if (bad) {
    throw new RangeError(
      `name must be one path component of 1 to 255 characters, without / \\ : or NUL, and not ${lockFileName}: ${JSON.stringify(name)}`,
    );
  }
  return name;
}
