/** The site's shape: navigation from pages.mjs, search in the page itself, nothing from another server. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTheme, defineConfig } from "vitepress";
import { chapters, staged } from "../pages.mjs";

const sidebar: DefaultTheme.SidebarItem[] = chapters.map(({ text, pages, collapsed = false }) => ({
  text,
  collapsed,
  items: pages.map(({ page, title }) => ({ text: title, link: `/${page.replace(/index$/u, "")}` })),
}));

const kinds = [
  ["classes", "Classes"],
  ["functions", "Functions"],
  ["interfaces", "Interfaces"],
  ["type-aliases", "Types"],
  ["variables", "Values"],
] as const;

/** One entry point of a package: its symbols by kind, each in alphabetical order. */
function entryPoint(name: string, text: string): DefaultTheme.SidebarItem {
  const folder = join(staged, "reference/@stria", name);
  const present = new Set(readdirSync(folder));
  const groups = kinds
    .filter(([kind]) => present.has(kind))
    .map(([kind, title]) => ({
      text: title,
      items: readdirSync(join(folder, kind))
        .map((file) => file.replace(/\.md$/u, ""))
        .toSorted((a, b) => a.localeCompare(b))
        .map((symbol) => ({ text: symbol, link: `/reference/@stria/${name}/${kind}/${symbol}` })),
    }));
  return { text, link: `/reference/@stria/${name}/`, collapsed: true, items: groups };
}

const reference: DefaultTheme.SidebarItem[] = [
  "core",
  "core/inspect",
  "core/remote",
  "node-fs",
  "browser-opfs",
  "browser-indexeddb",
  "encryption",
  "testkit",
].map((name) => entryPoint(name, `@stria/${name}`));

export default defineConfig({
  lang: "en",
  title: "Stria",
  description:
    "A write-ahead log for JavaScript: when the promise resolves, the bytes are on disk.",
  srcDir: "out/pages",
  outDir: "out/site",
  cacheDir: "out/cache",
  cleanUrls: false, // opens from any static server
  metaChunk: true,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: "/stria.svg" }]],
  // The search index of all pages is one chunk, loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 3000 } },
  markdown: {
    // The anchors of the repository's documents are those GitHub makes; links in them count on that.
    anchor: {
      slugify: (title) =>
        title
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
          .trim()
          .replaceAll(/\s/gu, "-"),
    },
  },
  themeConfig: {
    logo: { src: "/stria.svg", alt: "" },
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Guide", link: "/guide/", activeMatch: "/guide/" },
      { text: "What survives", link: "/internals/durability" },
      { text: "Format", link: "/internals/format" },
      { text: "Reference", link: "/reference/", activeMatch: "/reference/" },
    ],
    sidebar: { "/reference/": [{ text: "Reference", items: reference }], "/": sidebar },
    footer: { message: "MIT licensed. Version 0.1 is being prepared and not yet published." },
  },
});
