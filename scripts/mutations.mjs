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

const waiting = "packages/testkit/test/scenarios/waiting.test.ts";
const lazy = "packages/testkit/test/scenarios/lazy.test.ts";
const stories = "packages/testkit/test/scenarios/stories.test.ts";
const damage = "packages/testkit/test/damage/oracle.test.ts";
const golden = "packages/core/test/golden-logs.test.ts";
const poison = "packages/core/test/poison.test.ts";
const retention = "packages/core/test/retention.test.ts";
const failedSyncs = "packages/testkit/test/scenarios/failed-syncs.test.ts";

/** @type {readonly Mutation[]} */
export const mutations = [
  {
    name: "acknowledged before the sync",
    breaks: "I3",
    file: "io.ts",
    edits: [
      ["await file.write(bytes, at);\n      return file.sync();", "return file.write(bytes, at);"],
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
        "      if (oneHop) {\n",
        "      if (oneHop) {\n        this.segment.lastLsn = this.#lastLsn;\n",
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
    edits: [["      return file.sync();", "      return file.sync().catch(() => file.sync());"]],
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
    name: "the first bad frame is the end",
    breaks: "I1",
    file: "recovery/scan.ts",
    edits: [["if (synced >= expected) {", "if (synced < 0) {"]],
    test: damage,
  },
  {
    name: "any bad frame is corruption",
    breaks: "I1",
    file: "recovery/scan.ts",
    edits: [["if (synced >= expected) {", "if (synced >= 0) {"]],
    test: stories,
  },
  {
    name: "a batch is several entries",
    breaks: "I2",
    file: "append/stripe.ts",
    edits: [
      [
        "    for (const record of records) this.#producer.writeRecord(record);\n    this.#producer.publish(bytes, records.length, 0, false);\n",
        "    for (const record of records) {\n      this.#producer.writeRecord(record);\n      this.#producer.publish(RECORD_PREFIX_BYTES + record.length, 1, 0, false);\n    }\n",
      ],
    ],
    test: waiting,
  },
  {
    name: "an LSN is given out twice after opening",
    breaks: "I2",
    file: "open-log.ts",
    edits: [
      ["new Sequencer(stripe, set.lastLsn + 1)", "new Sequencer(stripe, Math.max(1, set.lastLsn))"],
    ],
    test: waiting,
  },
  {
    name: "the unvouched tail is dropped",
    breaks: "I1",
    file: "open-log.ts",
    edits: [["if (found.unvouched.length > 0) await", "if (found.unvouched.length < 0) await"]],
    test: stories,
  },
  {
    name: "the tail is served without being written again",
    breaks: "I11",
    file: "recovery/scan.ts",
    edits: [
      [
        "if (lastLsn <= Math.max(progress.vouchedLsn, vouched ?? 0)) progress",
        "if (lastLsn > 0) progress",
      ],
    ],
    test: failedSyncs,
  },
  {
    name: "a frame vouches for what stands in its own group",
    breaks: "I3",
    file: "commit/log-writer.ts",
    edits: [
      [
        "        this.durableLsn,\n      );\n      this.counters",
        "        writer.writtenLsn,\n      );\n      this.counters",
      ],
    ],
    test: stories,
  },
  {
    name: "a seal is not synced before the next segment names it",
    breaks: "I9",
    file: "segment/segment-writer.ts",
    edits: [
      [
        "    yield* truncateFile(this.#file, end);\n    yield* this.sync();\n",
        "    yield* truncateFile(this.#file, end);\n    this.segment.end = end;\n",
      ],
    ],
    test: stories,
  },
  {
    name: "a seal vouches for what it is synced with",
    breaks: "I3",
    file: "segment/segment-writer.ts",
    edits: [
      [
        "    yield* this.write(true);\n    const index",
        "    yield* this.write(false);\n    const index",
      ],
    ],
    test: stories,
  },
  {
    name: "a new segment is cut behind the seal, whose sync may have failed",
    breaks: "I9",
    file: "recovery/recover.ts",
    edits: [["segment.end = scan.recordsEnd;", "segment.end = scan.end;"]],
    test: failedSyncs,
  },
  {
    name: "a predecessor is named up to what nothing vouches for",
    breaks: "I9",
    file: "recovery/recover.ts",
    edits: [
      [
        "  if (scan.unvouched.length === 0) {\n    segment.end",
        "  if (scan.unvouched.length >= 0) {\n    segment.end",
      ],
    ],
    test: stories,
  },
  {
    name: "a damaged carry is passed over",
    breaks: "I1",
    file: "recovery/recover.ts",
    edits: [
      [
        "if (!complete && witnessed < header.firstLsn && !named.has(header.segmentId)) {",
        "if (!complete) {",
      ],
    ],
    test: damage,
  },
  {
    name: "an unreadable header is taken for an interrupted birth",
    breaks: "I1",
    file: "recovery/survey.ts",
    edits: [
      [
        "if (isZero(area.subarray(FRAMES_START, Math.max(got, FRAMES_START))))\n    return",
        "if (area.length > 0)\n    return",
      ],
    ],
    test: damage,
  },
  {
    name: "the id of an interrupted birth is used again",
    breaks: "I5",
    file: "recovery/recover.ts",
    edits: [
      [
        "const maxId = found.segments.at(-1)?.id ?? 0;",
        "const maxId = valid.at(-1)?.header.segmentId ?? 0;",
      ],
    ],
    test: waiting,
  },
  {
    name: "recovery believes names without syncing the directory",
    breaks: "I6",
    file: "recovery/survey.ts",
    edits: [["if (options.sync && names.length > 0) {", "if (options.sync && names.length < 0) {"]],
    test: waiting,
  },
  {
    name: "a frame of another history is accepted at a segment's end",
    breaks: "I1",
    file: "read/log-reader.ts",
    edits: [["if (next > lastLsn && !equalBytes(opened.identity, chain)) {", "if (next < 0) {"]],
    test: damage,
  },
];
