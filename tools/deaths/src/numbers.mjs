/** Numbers from the command line or the environment. */

/**
 * @param {string} name
 * @param {string} text
 */
export function countOf(name, text) {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new RangeError(`${name} must be a whole number above 0: ${text}`);
}

/**
 * The seed that was asked for, or a new one.
 * @param {string | undefined} text
 */
export function seedOf(text) {
  return text === undefined ? Math.floor(Math.random() * 2 ** 31) : countOf("--seed", text);
}
