/** The mistakes of `mutations.mjs` that concern what is believed when a log is opened or read. */

/** @typedef {import("./mutations.mjs").Mutation} Mutation */

const waiting = "packages/testkit/test/scenarios/waiting.test.ts";
const stories = "packages/testkit/test/scenarios/stories.test.ts";
const damage = "packages/testkit/test/damage/oracle.test.ts";
const hardLuck = "packages/testkit/test/scenarios/hard-luck.test.ts";
const recycled = "packages/testkit/test/scenarios/recycled.test.ts";
const failedSyncs = "packages/testkit/test/scenarios/failed-syncs.test.ts";

/** @type {readonly Mutation[]} */
export const recoveryMutations = [
  {
    name: "a time before 1970 is written as it is",
    breaks: "I1",
    file: "clock.ts",
    edits: [["Math.max(clock.now(), 0) || 0", "clock.now()"]],
    test: hardLuck,
  },
  {
    name: "watermarks are written again by every open",
    breaks: "I8",
    file: "carry-over.ts",
    edits: [
      [
        "    await runIo(writer.writeMark());\n    await runIo(writer.writeMark());\n",
        "    await runIo(writer.writeMark());\n",
      ],
    ],
    test: hardLuck,
  },
  {
    name: "bytes of a former life count as a torn tail",
    breaks: "I5",
    file: "recovery/frame-walk.ts",
    edits: [["if (!isRecycled(header) || sector.length < SECTOR_BYTES) return", "return"]],
    test: recycled,
  },
  {
    name: "a torn frame in a recycled file counts as never written",
    breaks: "I5",
    file: "recovery/frame-walk.ts",
    edits: [["return getU32(sector, 4) !== context.epoch;", "return true;"]],
    test: recycled,
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
    file: "commit/fill-group.ts",
    edits: [["      syncedLsn,\n    );", "      writer.builtLsn,\n    );"]],
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
    edits: [
      ["if (next > last.lastLsn && !equalBytes(opened.identity, last.chain)) {", "if (next < 0) {"],
    ],
    test: damage,
  },
  {
    name: "get believes what it has checked once",
    breaks: "I1",
    file: "read/known-frames.ts",
    edits: [["!== this.#sums[sum])", "=== -1)"]],
    test: "packages/core/test/get.test.ts",
  },
];
