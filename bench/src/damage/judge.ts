/** From what two openings saw to a cell of the table: words for people, a verdict for the count. */
import { type Findings, RECORDS } from "./look.ts";

export interface Cell {
  readonly text: string;
  /** `bad`: acknowledged records are missing or wrong and nobody is told, or the next append is lost. */
  readonly verdict: "good" | "bad" | "none";
}

type Told = Findings | { readonly died: string };

export interface Evidence {
  /** Records whose bytes were still whole after the wound. */
  readonly left: ReadonlySet<number>;
  readonly first: Told;
  readonly second: Told;
  readonly salvaged: Told | undefined;
}

export function judge({ left, first, second, salvaged }: Evidence): Cell {
  if ("died" in first) return { text: `process dies (${first.died})`, verdict: "bad" };
  const numbers = first.numbers ?? [];
  const seen = new Set(numbers);
  const missing = Array.from({ length: RECORDS }, (_, number) => number).filter(
    (number) => !seen.has(number),
  );
  const hidden = missing.filter((number) => left.has(number)).length;
  const destroyed = missing.length - hidden;
  const refused = first.error !== undefined && !first.error.startsWith("next append");
  const ordered = numbers.every((number, at) => at === 0 || number > numbers[at - 1]!);
  const words: string[] = [];
  if (refused) words.push(`refuses: ${first.error}`);
  words.push(`${seen.size} readable`);
  // What ends with the last record that was destroyed is the tail; a gap before it is a hole.
  const tail = missing.every((number, at) => number === RECORDS - missing.length + at);
  const torn = first.report?.includes("tail torn") === true;
  if (destroyed > 0 && !refused) {
    const how = torn ? ", torn tail reported" : tail ? " at the end, not told" : ", not told";
    words.push(`${destroyed} destroyed${how}`);
  }
  if (hidden > 0 && !refused) words.push(`${hidden} hidden`);
  if ((first.garbage ?? 0) > 0) words.push(`${first.garbage} garbage`);
  if (!ordered) words.push("out of order");
  if (salvaged !== undefined && !("died" in salvaged)) {
    words.push(`salvage reads ${salvaged.numbers?.length ?? 0}`);
  }
  const next = nextAppend(refused, first, second);
  words.push(next.text);
  const silent = !refused && (hidden > 0 || (destroyed > 0 && !tail));
  const bad = silent || (first.garbage ?? 0) > 0 || !ordered || next.bad;
  const crash = refused && !tellsCorruption(first);
  return { text: words.join("; "), verdict: bad || crash ? "bad" : "good" };
}

function nextAppend(
  refused: boolean,
  first: Findings,
  second: Told,
): { text: string; bad: boolean } {
  if ("died" in second) return { text: `second opening dies (${second.died})`, bad: true };
  if (second.appended === true) return { text: "next append readable", bad: false };
  if (refused) return { text: "no append", bad: false };
  const why = first.error ?? second.error;
  return { text: `next append lost${why === undefined ? "" : ` (${why})`}`, bad: true };
}

/** A refusal that names corruption is an answer; a crash in a decoder is not. */
function tellsCorruption({ error = "" }: Findings): boolean {
  return /CORRUPT|TAMPERED|corrupt|checksum/u.test(error);
}
