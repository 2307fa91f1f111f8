/**
 * Reads an strace of a log at work and says which promise no system call stands behind: groups, births,
 * removals and seals each need theirs, in their order.
 */

/**
 * @typedef {object} Call
 * @property {string} name of the system call
 * @property {string} text arguments and result; with `-y`, descriptors with their paths
 */

/**
 * @typedef {object} CallTally
 * @property {number} groups acknowledgements with a durable write or a sync of their own
 * @property {number} births segment files created and synced, name and all
 * @property {number} seals segment files cut and synced
 * @property {number} removals segment files removed, with the directory synced after them
 */

/**
 * Calls in the order in which they ended.
 * @param {string} trace output of `strace -f -y`
 * @returns {Call[]}
 */
export function callsOf(trace) {
  /** @type {Map<string, string>} by thread: the beginning of a call that another one interrupted */
  const begun = new Map();
  return trace.split("\n").flatMap((line) => {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/u.exec(line) ?? [];
    if (rest.endsWith("<unfinished ...>")) {
      begun.set(thread, rest.slice(0, -"<unfinished ...>".length));
      return [];
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/u.exec(rest);
    const whole = resumed === null ? rest : `${begun.get(thread) ?? ""}${resumed[1]}`;
    const [, name, text] = /^(\w+)\((.*)$/u.exec(whole) ?? [];
    return name === undefined || text === undefined ? [] : [{ name, text }];
  });
}

/**
 * @param {Call[]} calls
 * @param {string} directory the log's
 * @returns {{ tally: CallTally, missing: string[] }}
 */
export function promisesKept(calls, directory) {
  const watch = new Watch(directory);
  for (const call of calls) watch.see(call);
  return { tally: watch.tally, missing: watch.missing };
}

class Watch {
  /** @type {CallTally} */
  tally = { groups: 0, births: 0, seals: 0, removals: 0 };
  /** @type {string[]} */
  missing = [];
  #directory;
  /** @type {Set<string>} descriptors, as `-y` shows them, whose every write is durable */
  #durable = new Set();
  /** @type {Map<string, "named" | "synced">} files whose birth is under way */
  #births = new Map();
  /** @type {Set<string>} files that were cut and not synced since */
  #cut = new Set();
  #unsyncedRemovals = 0;
  #durableSince = false;

  /** @param {string} directory */
  constructor(directory) {
    this.#directory = directory;
  }

  /** @param {Call} call */
  see({ name, text }) {
    const [, descriptor = "", path = ""] = /^(\d+<([^>]*)>)/u.exec(text) ?? [];
    const onSegment = path.endsWith(".wal");
    if (name === "openat") this.#opened(text);
    else if (name === "pwrite64" && this.#durable.has(descriptor)) this.#group(path);
    else if (name === "fdatasync" && onSegment) this.#synced(path);
    else if (name === "fsync" && path === this.#directory) this.#directorySynced();
    else if (name === "ftruncate" && onSegment) this.#cut.add(path);
    else if (/^(unlink|rename)$/u.test(name) && text.includes(".wal")) this.#unsyncedRemovals += 1;
    else if (name === "write" && text.startsWith("1<")) this.#said(text);
  }

  /** @param {string} text */
  #opened(text) {
    const [, descriptor, path] = /= (\d+<([^>]*\.wal)>)/u.exec(text) ?? [];
    if (descriptor === undefined || path === undefined) return;
    this.#durable.delete(descriptor);
    if (text.includes("O_EXCL")) this.#births.set(path, "named");
    // Zeros ahead are appended; frames are not.
    if (text.includes("O_DSYNC") && !text.includes("O_APPEND")) this.#durable.add(descriptor);
  }

  /** @param {string} path */
  #group(path) {
    if (this.#births.has(path)) this.missing.push("a group before the segment's birth was synced");
    this.#durableSince = true;
  }

  /** @param {string} path */
  #synced(path) {
    if (this.#births.get(path) === "named") this.#births.set(path, "synced");
    else this.#durableSince = true;
    if (this.#cut.delete(path)) this.tally.seals += 1;
  }

  #directorySynced() {
    for (const [path, state] of this.#births) {
      if (state !== "synced") continue;
      this.#births.delete(path);
      this.tally.births += 1;
    }
    this.tally.removals += this.#unsyncedRemovals;
    this.#unsyncedRemovals = 0;
  }

  /** @param {string} text */
  #said(text) {
    if (text.includes("acknowledged")) {
      if (this.#durableSince) this.tally.groups += 1;
      else this.missing.push("an acknowledgement without a durable write or a sync");
      this.#durableSince = false;
    }
    if (this.#births.size > 0) this.missing.push("a birth without syncs of file and directory");
    if (text.includes("checkpointed") && this.#unsyncedRemovals > 0) {
      this.missing.push("a removal without a sync of the directory");
    }
    if (text.includes("closed") && this.#cut.size > 0) this.missing.push("a seal without a sync");
  }
}
