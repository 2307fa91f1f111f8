/** The recipe of docs/encryption.md for a key that scripts cannot copy, as it stands there, in a browser. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import { loaded, Site, whyNot } from "./support/site.ts";

/** What the recipe gives. */
declare global {
  var browserKey: (database: IDBDatabase) => Promise<Uint8Array>;
}

function recipe(): string {
  const page = readFileSync(new URL("../../../docs/encryption.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gmsu)].map(([, code = ""]) => code);
  const found = blocks.filter((code) => code.includes("function browserKey("));
  if (found.length !== 1) throw new Error(`${found.length} recipes in docs/encryption.md`);
  return `import { generateKey } from "@stria/encryption";\n${found[0]}\nObject.assign(globalThis, { browserKey });`;
}

/** A page with the recipe and the database it wants. */
async function prepare(tab: Page): Promise<void> {
  await loaded(tab);
  await tab.addScriptTag({ type: "module", url: "/browser-key.js" });
  await tab.waitForFunction(() => "browserKey" in globalThis);
  await tab.evaluate(async () => {
    const opening = indexedDB.open("vault", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error!);
    });
    Object.assign(globalThis, { database });
  });
}

/** The root key of the site, as a page gets it. */
function keyIn(tab: Page): Promise<number[]> {
  return tab.evaluate(async () => [
    ...(await browserKey((globalThis as unknown as { database: IDBDatabase }).database)),
  ]);
}

/** Opens the log with the key of the site and gives what is in it, and one record more. */
function visit(tab: Page, text: string): Promise<string[]> {
  return tab.evaluate(async (more) => {
    const { database } = globalThis as unknown as { database: IDBDatabase };
    const module = new URL("/encryption.js", location.href);
    const keys = [await browserKey(database)];
    const log = await stria.openWal({ name: "secret", cipher: { module, keys } });
    const texts: string[] = [];
    for await (const { payload } of log.read()) texts.push(new TextDecoder().decode(payload));
    await log.append(new TextEncoder().encode(more));
    await log.close();
    return texts;
  }, text);
}

describe.skipIf(whyNot() !== undefined)("a root key wrapped by a CryptoKey of the browser", () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start();
    await site.serve("/encryption.js", new URL("../../encryption/src/index.ts", import.meta.url));
    await site.serve("/browser-key.js", recipe());
  });
  afterAll(() => site.close());

  test("opens the same log after a reload, and cannot be copied", async () => {
    const tab = await site.tab();
    await prepare(tab);
    expect(await visit(tab, "one")).toEqual([]);
    const first = await keyIn(tab);
    await tab.reload();
    await prepare(tab);
    expect(await keyIn(tab)).toEqual(first);
    expect(await visit(tab, "two")).toEqual(["one"]);
    const stolen = await tab.evaluate(async () => {
      const { database } = globalThis as unknown as { database: IDBDatabase };
      const asking = database.transaction("keys").objectStore("keys").get("root");
      const entry = await new Promise<{ wrapping: CryptoKey; wrapped: ArrayBuffer }>((resolve) => {
        asking.onsuccess = () => resolve(asking.result);
      });
      const copy = await crypto.subtle
        .exportKey("raw", entry.wrapping)
        .catch((error: Error) => error.name);
      return { copy, wrapped: [...new Uint8Array(entry.wrapped)] };
    });
    expect(stolen.copy).toBe("InvalidAccessError");
    expect(stolen.wrapped.slice(0, 32)).not.toEqual(first);
    await tab.close();
  });

  test("of two that ask for the first one at once both have it, one of them when it asks again", async () => {
    const tab = await site.tab();
    await prepare(tab);
    const { begun, later } = await tab.evaluate(async () => {
      const { database } = globalThis as unknown as { database: IDBDatabase };
      database.transaction("keys", "readwrite").objectStore("keys").clear();
      const ask = async (): Promise<string> => String(await browserKey(database));
      const answers = await Promise.allSettled([ask(), ask()]);
      return {
        begun: answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
        later: await ask(),
      };
    });
    expect(begun).toEqual([later]);
    await tab.close();
  });
});
