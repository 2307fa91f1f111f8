/**
 * One-line mistakes that the tests must see: each is an exact replacement in the core's source, which
 * must match once or the run fails, so the list stays true. `sim` = the crash explorer's own tests.
 */

/**
 * @typedef {object} Mutation
 * @property {string} name what is wrong then
 * @property {string} breaks the invariant of docs/architecture.md it breaks
 * @property {string} file below packages/core/src
 * @property {readonly (readonly [from: string, to: string])[]} edits what is replaced by what
 * @property {string} test the file whose tests must fail
 */

import { recoveryMutations } from "./mutations-recovery.mjs";

const waiting = "packages/testkit/test/scenarios/waiting.test.ts";
const lazy = "packages/testkit/test/scenarios/lazy.test.ts";
const stories = "packages/testkit/test/scenarios/stories.test.ts";
const golden = "packages/core/test/golden-logs.test.ts";
const poison = "packages/core/test/poison.test.ts";
const retention = "packages/core/test/retention.test.ts";
const ahead = "packages/testkit/test/scenarios/ahead.test.ts";
const failedSyncs = "packages/testkit/test/scenarios/failed-syncs.test.ts";

/** @type {readonly Mutation[]} */
export const mutations = [
  {
    name: "acknowledged before the sync",
    breaks: "I3",
    file: "io.ts",
    edits: [
      [
        "await this.#file.write(this.#bytes, this.#at);\n    return this.#file.sync();",
        "return this.#file.write(this.#bytes, this.#at);",
      ],
    ],
    test: waiting,
  },
  {
    name: "a sync that does nothing",
    breaks: "I3",
    file: "segment/segment-writer.ts",
    edits: [["      yield* syncFile(this.#file);\n", ""]],
    test: lazy,
  },
  {
    name: "no directory sync at a segment's birth",
    breaks: "I9",
    file: "segment/birth.ts",
    edits: [["    yield* syncDirectory(storage);\n", ""]],
    test: waiting,
  },
  {
    name: "no sync of a new segment's header",
    breaks: "I9",
    file: "segment/birth.ts",
    edits: [["    yield* syncFile(file);\n", ""]],
    test: waiting,
  },
  {
    name: "what a sync covers is looked up when it is over",
    breaks: "I3",
    file: "commit/flusher.ts",
    edits: [["watermark.advance(writer.durableLsn);", "watermark.advance(source.nextLsn - 1);"]],
    test: waiting,
  },
  {
    name: "readers see records before their sync",
    breaks: "I11",
    file: "segment/segment-writer.ts",
    edits: [
      [
        "    const at = this.#offset;\n    return new WriteAndSync",
        "    const at = this.#offset;\n    this.segment.lastLsn = this.#lastLsn;\n    return new WriteAndSync",
      ],
    ],
    test: waiting,
  },
  {
    name: "no epoch in the checksum's seed",
    breaks: "I5",
    file: "format/frame.ts",
    edits: [["  putU32(seed, ID_BYTES + 8, place.epoch);\n", ""]],
    test: golden,
  },
  {
    name: "the checksum leaves out the frame's header",
    breaks: "I1",
    file: "format/frame.ts",
    edits: [
      [
        "into.subarray(at + 4, at + size), context.crcSeed",
        "into.subarray(at + 48, at + size), context.crcSeed",
      ],
      [
        "bytes.subarray(at + 4, at + size), context.crcSeed",
        "bytes.subarray(at + 48, at + size), context.crcSeed",
      ],
    ],
    test: golden,
  },
  {
    name: "the checksum is not compared",
    breaks: "I1",
    file: "format/frame.ts",
    edits: [["if (crc !== found) {", "if (found < 0) {"]],
    test: waiting,
  },
  {
    name: "a failed sync is tried again",
    breaks: "I4",
    file: "io.ts",
    edits: [
      [
        "    return this.#file.sync();",
        "    return this.#file.sync().catch(() => this.#file.sync());",
      ],
    ],
    test: poison,
  },
  {
    name: "work queued before a failure is done after it",
    breaks: "I4",
    file: "commit/flusher.ts",
    edits: [
      [
        "    if (this.#poison !== undefined) throw this.#poison;\n    this.#startedAt",
        "    this.#startedAt",
      ],
    ],
    test: poison,
  },
  {
    name: "only the first waiter learns of a failure",
    breaks: "I4",
    file: "commit/watermark.ts",
    edits: [
      ["for (const waiter of failed) waiter", "for (const waiter of failed.slice(0, 1)) waiter"],
    ],
    test: poison,
  },
  {
    name: "a poisoned log is sealed when it is closed",
    breaks: "I4",
    file: "open-log.ts",
    edits: [["runIo(write.writer.abandon())", "runIo(write.writer.roll())"]],
    test: poison,
  },
  {
    name: "segments go by count, checkpointed or not",
    breaks: "I7",
    file: "retention/retention.ts",
    edits: [
      [
        "if (segment.lastLsn > marks.checkpointLsn || segment === pinned) break;",
        "if (segment === pinned) break;",
      ],
    ],
    test: retention,
  },
  {
    name: "a checkpoint's mark is not synced before files go",
    breaks: "I7",
    file: "commit/log-writer.ts",
    edits: [
      [
        "      yield* this.#write(writer, true);\n      this.#vouchedLsn",
        "      yield* this.#write(writer, false);\n      this.#vouchedLsn",
      ],
    ],
    test: waiting,
  },
  {
    name: "a mark that only the cache may hold is believed",
    breaks: "I7",
    file: "recovery/recover.ts",
    edits: [["markUnvouched: scan.markUnvouched,", "markUnvouched: false,"]],
    test: failedSyncs,
  },
  {
    name: "dead files go before a segment of this lifetime is durable",
    breaks: "I7",
    file: "commit/log-writer.ts",
    edits: [
      [
        "return this.#born && this.#vouchedLsn >= carriedTo;",
        "return this.#vouchedLsn >= carriedTo;",
      ],
    ],
    test: stories,
  },
  {
    name: "what is only built counts as durable",
    breaks: "I3",
    file: "segment/segment-writer.ts",
    edits: [["segment.lastLsn = this.#writtenLsn;", "segment.lastLsn = this.#lastLsn;"]],
    test: ahead,
  },
  {
    name: "a frame built ahead vouches for its own group",
    breaks: "I3",
    file: "commit/log-writer.ts",
    edits: [["writer, source, writer.writtenLsn,", "writer, source, source.nextLsn - 1,"]],
    test: ahead,
  },
  {
    name: "the next group is built in the memory that is being written",
    breaks: "I1",
    file: "segment/group-buffer.ts",
    edits: [["this.#bytes = this.#taken ?? new Uint8Array(FIRST_BYTES);", "this.#bytes = built;"]],
    test: ahead,
  },
  ...recoveryMutations,
];
