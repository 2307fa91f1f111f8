/**
 * Turns a document of the repository into a page of the site: links lead to pages instead of files, and
 * nothing in it is taken for a template. What a link means does not change; a link to a file that is no
 * page of the site becomes its text.
 */
import { posix } from "node:path";
import { pages } from "./pages.mjs";

const bySource = new Map(pages.map((page) => [page.source, page]));

/**
 * @param {string} source path of the document in the repository
 * @param {string} text
 */
export function pageOf(source, text) {
  return outsideCode(text, (prose) => retargeted(source, prose));
}

/**
 * The site's address for a link of a document; `undefined` if it leads to no page.
 * @param {string} source
 * @param {string} link
 * @returns {string | undefined}
 */
export function addressOf(source, link) {
  const [file = "", anchor] = link.split("#");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (file === "") return link;
  const path = posix.join(posix.dirname(source), file).replace(/\/$/u, "");
  const page = bySource.get(path) ?? bySource.get(`${path}/README.md`);
  return page === undefined ? undefined : `/${page.page.replace(/index$/u, "")}${hash}`;
}

/**
 * @param {string} source
 * @param {string} prose
 */
function retargeted(source, prose) {
  return prose.replaceAll(
    /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/gu,
    (whole, image, words, link) => {
      if (/^[a-z]+:/u.test(link)) return whole;
      if (image === "!") return `![${words}](/pictures/${posix.basename(link)})`;
      const address = addressOf(source, link);
      return address === undefined ? words : `[${words}](${address})`;
    },
  );
}

/**
 * Applies `change` to what is not in a fence. Code spans stay in the prose, so that a link may have one.
 * @param {string} text
 * @param {(prose: string) => string} change
 */
function outsideCode(text, change) {
  return text
    .split(/(^```[^]*?^```$)/gmu)
    .map((part) => (part.startsWith("```") ? fence(part) : change(part)))
    .join("");
}

/**
 * The words behind a language tell the tests what to do with a block; here only the language counts.
 * @param {string} block
 */
function fence(block) {
  return block.replace(
    /^```(\w*)[^\n]*/u,
    (_line, language) => `\`\`\`${language === "hex" || language === "" ? "text" : language}`,
  );
}
