/**
 * Reads a finished site as a browser would and says what is wrong with it: links and fragments that lead
 * nowhere, and anything that would be loaded from another server.
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";

/**
 * @param {string} folder the site's root
 * @returns {string[]} what is wrong, empty if nothing is
 */
export function problemsOf(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".html"));
  const pages = new Map(files.map((file) => [file, readPage(join(folder, file))]));
  return files.flatMap((file) => {
    const { links, foreign } = /** @type {Page} */ (pages.get(file));
    const dead = links.flatMap((link) => deadLink(folder, pages, file, link) ?? []);
    return [...dead, ...foreign.map((url) => `loads ${url}`)].map((what) => `${file}: ${what}`);
  });
}

/**
 * What a page refers to, and what may be referred to in it.
 * @typedef {{ links: string[], foreign: string[], anchors: Set<string> }} Page
 */

/**
 * @param {string} file
 * @returns {Page}
 */
function readPage(file) {
  const html = readFileSync(file, "utf8");
  const anchors = new Set([...html.matchAll(/ id="([^"]+)"/gu)].map(([, id]) => id ?? ""));
  const links = [...html.matchAll(/<a\b[^>]* href="([^"]+)"/gu)]
    .map(([, link]) => (link ?? "").replaceAll("&amp;", "&"))
    .filter((link) => !/^[a-z]+:/u.test(link));
  const loaded = html.matchAll(/<(?:script|link|img|iframe)\b[^>]* (?:src|href)="([^"]+)"/gu);
  const foreign = [...loaded]
    .map(([, url]) => url ?? "")
    .filter((url) => /^(?:https?:)?\/\//u.test(url));
  return { links: [...new Set(links)], foreign, anchors };
}

/**
 * @param {string} folder
 * @param {ReadonlyMap<string, Page>} pages
 * @param {string} from
 * @param {string} link
 * @returns {string | undefined}
 */
function deadLink(folder, pages, from, link) {
  const [path = "", hash] = decodeURI(link).split("#");
  const target =
    path === ""
      ? from
      : posix.join(path.startsWith("/") ? "" : posix.dirname(from), path).replace(/^\//u, "");
  const file = target === "" || target.endsWith("/") ? `${target}index.html` : target;
  const page = pages.get(file);
  if (page === undefined) {
    const there = existsSync(join(folder, file)) && statSync(join(folder, file)).isFile();
    return there ? undefined : `${link} leads nowhere`;
  }
  if (hash === undefined || hash === "" || page.anchors.has(hash)) return undefined;
  return `${link}: there is no such place on that page`;
}
