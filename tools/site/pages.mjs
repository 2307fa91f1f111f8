/**
 * What the site consists of: which documents, under which address, in which order. The documents stay
 * where they are; a build takes them from there.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where the pages of a build are laid out, and where the site goes. */
export const staged = fileURLToPath(new URL("out/pages/", import.meta.url));
export const site = fileURLToPath(new URL("out/site/", import.meta.url));

/**
 * A document of the repository and its place on the site, without ending.
 * @typedef {{ source: string, page: string, title: string }} Page
 */

/** @type {{ text: string, pages: Page[], collapsed?: boolean }[]} */
export const chapters = [
  {
    text: "Guide",
    pages: [
      { source: "docs/guide/README.md", page: "guide/index", title: "What a log is for" },
      ...guide("start", "Start"),
      ...guide("choosing-durability", "Choosing durability"),
      ...guide("recovery", "Recovery"),
      ...guide("threads", "Threads"),
      ...guide("encryption", "Encryption"),
      ...guide("browser", "Browser"),
      ...guide("operating", "Operating"),
      ...guide("writing-an-adapter", "Writing an adapter"),
    ],
  },
  {
    text: "Packages",
    pages: [
      ["core", "core"],
      ["node-fs", "node-fs"],
      ["browser-opfs", "browser-opfs"],
      ["browser-indexeddb", "browser-indexeddb"],
      ["encryption", "encryption"],
      ["testkit", "testkit"],
      ["cli", "cli: the stria command"],
    ].map(([name, title]) => ({
      source: `packages/${name}/README.md`,
      page: `packages/${name}`,
      title: title ?? "",
    })),
  },
  {
    text: "Examples",
    collapsed: true,
    pages: [
      { source: "examples/README.md", page: "examples/index", title: "What there is" },
      ...examples(),
    ],
  },
  {
    text: "How it works",
    pages: [
      { source: "docs/architecture.md", page: "internals/architecture", title: "Architecture" },
      { source: "docs/durability.md", page: "internals/durability", title: "What survives" },
      { source: "docs/format.md", page: "internals/format", title: "On-disk format" },
      { source: "docs/encryption.md", page: "internals/encryption", title: "Encryption at rest" },
      { source: "docs/stripes.md", page: "internals/stripes", title: "Stripes" },
      { source: "tools/deaths/README.md", page: "internals/deaths", title: "Real deaths" },
    ],
  },
  { text: "Decisions", collapsed: true, pages: decisions() },
  {
    text: "Project",
    collapsed: true,
    pages: [
      { source: "README.md", page: "project/readme", title: "Overview" },
      { source: "CONTRIBUTING.md", page: "project/contributing", title: "Contributing" },
      { source: "SECURITY.md", page: "project/security", title: "Security" },
      { source: "UPGRADING.md", page: "project/upgrading", title: "Upgrading" },
    ],
  },
];

/** All documents of the site. */
export const pages = chapters.flatMap((chapter) => chapter.pages);

/**
 * @param {string} name
 * @param {string} title
 * @returns {Page[]}
 */
function guide(name, title) {
  return [{ source: `docs/guide/${name}.md`, page: `guide/${name}`, title }];
}

/** @returns {Page[]} */
function examples() {
  return readdirSync(join(root, "examples"))
    .filter((name) => existsSync(join(root, "examples", name, "README.md")))
    .map((name) => ({
      source: `examples/${name}/README.md`,
      page: `examples/${name}`,
      title: name,
    }));
}

/** @returns {Page[]} */
function decisions() {
  return readdirSync(join(root, "docs/adr"))
    .filter((file) => file.endsWith(".md"))
    .toSorted()
    .map((file) => {
      const [number = "", ...words] = file.replace(/\.md$/u, "").split("-");
      const title = `${Number(number)}. ${words.join(" ")}`;
      return { source: `docs/adr/${file}`, page: `decisions/${file.replace(/\.md$/u, "")}`, title };
    });
}
