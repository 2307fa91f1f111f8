/** The worker with the SQLite database a page writes to: a message, one transaction, an answer. */
import { answerWith } from "./ask-worker.ts";
import { SqliteLog } from "./sqlite-log.ts";

type Question =
  | { readonly kind: "open"; readonly name: string }
  | {
      readonly kind: "insert";
      readonly buffer: ArrayBuffer;
      readonly used: number;
      readonly size: number;
    }
  | { readonly kind: "read"; readonly first: number; readonly count: number }
  | { readonly kind: "close" };

let log: SqliteLog | undefined;

answerWith(async (asked) => {
  const question = asked as Question;
  if (question.kind === "open") {
    log = await SqliteLog.open(question.name);
    return { value: undefined };
  }
  if (log === undefined) throw new Error("not open");
  switch (question.kind) {
    case "insert": {
      const { buffer, used, size } = question;
      log.insert(new Uint8Array(buffer, 0, used), size);
      return { value: buffer, transfer: [buffer] };
    }
    case "read": {
      const rows = log.read(question.first, question.count);
      const size = rows[0]?.length ?? 0;
      const bytes = new Uint8Array(size * rows.length);
      for (const [at, row] of rows.entries()) bytes.set(row, at * size);
      return { value: { buffer: bytes.buffer, size }, transfer: [bytes.buffer] };
    }
    case "close":
      log.close();
      return { value: undefined };
    default:
      question satisfies never;
      throw new TypeError("no such question");
  }
});
