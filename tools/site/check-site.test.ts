/** The check of the finished site sees what it is there for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemsOf } from "./check-site.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stria-site-"));
  mkdirSync(join(folder, "guide"));
  writeFileSync(join(folder, "guide/index.html"), '<h2 id="here">x</h2>');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function problems(html: string): string[] {
  writeFileSync(join(folder, "index.html"), html);
  return problemsOf(folder);
}

test("a sound site has no problems", () => {
  const html =
    '<img src="/a.svg"><a class="x" href="/guide/">a</a><a href="guide/index.html#here">b</a><a href="https://x.test/">c</a>';
  expect(problems(html)).toEqual([]);
});

test.each([
  ['<a href="/none.html">a</a>', "/none.html leads nowhere"],
  ['<a href="/guide">a</a>', "/guide leads nowhere"],
  ['<a href="/guide/#gone">a</a>', "/guide/#gone: there is no such place on that page"],
  ['<a href="#gone">a</a>', "#gone: there is no such place on that page"],
  ['<script src="https://x.test/a.js"></script>', "loads https://x.test/a.js"],
  ['<link rel="stylesheet" href="//x.test/a.css">', "loads //x.test/a.css"],
  ['<img alt="" src="http://x.test/a.png">', "loads http://x.test/a.png"],
])("%s is one", (html, problem) => {
  expect(problems(html)).toEqual([`index.html: ${problem}`]);
});
