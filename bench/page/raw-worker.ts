/** The worker behind the bare loop: a message, one write, one flush, an answer. */
import { answerWith } from "./ask-worker.ts";
import { RawFile } from "./raw-file.ts";

type Question =
  | { readonly kind: "open"; readonly name: string; readonly zeroed: boolean }
  | { readonly kind: "write"; readonly buffer: ArrayBuffer; readonly used: number }
  | { readonly kind: "close" };

let file: RawFile | undefined;

answerWith(async (asked) => {
  const question = asked as Question;
  switch (question.kind) {
    case "open":
      file = await RawFile.open(question.name, question.zeroed);
      return { value: undefined };
    case "write": {
      const { buffer, used } = question;
      file?.append(new Uint8Array(buffer, 0, used));
      return { value: buffer, transfer: [buffer] };
    }
    case "close":
      file?.close();
      return { value: undefined };
    default:
      question satisfies never;
      throw new TypeError("no such question");
  }
});
