/** What was seen, as it is recorded, and the table of the README made from it. */
import { readFileSync, writeFileSync } from "node:fs";

/**
 * What a runtime has, in the words of the table.
 * @typedef {{
 *   lock: string,
 *   producers: string,
 *   flusherThread: string,
 *   blocking: string,
 *   crc32: string,
 *   chacha: string,
 *   aes: string,
 * }} Features
 */

/**
 * @typedef {object} Seen what the probe prints
 * @property {string} version of the runtime
 * @property {{ passed: number, skipped: number }} contract tests of the storage contract
 * @property {number} crashes simulated ones, each recovered from and checked
 * @property {Features} features what it has
 */

/**
 * @typedef {Seen & {
 *   title: string,
 *   syncs: number,
 *   kills: number,
 *   acknowledgements: number,
 *   vitest: number | null,
 * }} Result of one runtime; `syncs`: acknowledgements whose durable write strace saw
 */

/** @typedef {{ date: string, platform: string, runtimes: Record<string, Result> }} Results */

const resultsFile = new URL("../results.json", import.meta.url);
const readme = new URL("../../../README.md", import.meta.url);
const markers = /** @type {const} */ (["<!-- runtimes: begin -->", "<!-- runtimes: end -->"]);

/** @returns {Results} */
export function readResults() {
  return JSON.parse(readFileSync(resultsFile, "utf8"));
}

/** @param {Results} results */
export function record(results) {
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
  const [begin, end] = markers;
  const text = readFileSync(readme, "utf8");
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  if (after === undefined)
    throw new Error(`README.md has no place for the table: ${begin} … ${end}`);
  writeFileSync(readme, `${before}${begin}\n\n${table(results)}\n\n${end}${after}`);
}

/** The table as it stands in the README now. */
export function tableInReadme() {
  const [begin, end] = markers;
  return (readFileSync(readme, "utf8").split(begin)[1]?.split(end)[0] ?? "").trim();
}

const number = new Intl.NumberFormat("en-US");

/**
 * Rows, each with what it says of a runtime.
 * @type {[string, (result: Result) => string][]}
 */
const rows = [
  ["one writer; its lock dies with it", ({ features }) => features.lock],
  [
    "power-safe: each acknowledgement after a sync",
    ({ syncs }) => (syncs > 0 ? "yes" : "not traced"),
  ],
  ["appends from worker threads", ({ features }) => features.producers],
  ["flusher in a thread of its own", ({ features }) => features.flusherThread],
  ["blocking appends", ({ features }) => features.blocking],
  ["CRC-32", ({ features }) => features.crc32],
  ["ChaCha20-Poly1305", ({ features }) => features.chacha],
  ["AES-256-GCM", ({ features }) => features.aes],
  ["storage contract, tests passed", ({ contract }) => String(contract.passed)],
  ["simulated crashes recovered", ({ crashes }) => number.format(crashes)],
  ["writers killed, all acknowledged kept", ({ kills }) => String(kills)],
  ["tests of the packages passed", ({ vitest }) => (vitest === null ? "–" : number.format(vitest))],
];

/**
 * @param {Results} results
 * @returns {string} Markdown, aligned as the formatter wants it
 */
export function table({ runtimes }) {
  const columns = Object.values(runtimes);
  const cells = [
    ["", ...columns.map(({ title, version }) => `${title} ${version}`)],
    ...rows.map(([title, say]) => [title].concat(columns.map((result) => say(result)))),
  ];
  const widths =
    cells[0]?.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0))) ?? [];
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}
