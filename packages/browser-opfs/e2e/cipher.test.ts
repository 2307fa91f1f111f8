/** Encryption from a page: described for the package's worker, or made in a worker of one's own. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import { Site, whyNot } from "./support/site.ts";

describe.skipIf(whyNot() !== undefined)("a cipher from a page", () => {
  let site: Site;
  let tab: Page;
  beforeAll(async () => {
    site = await Site.start();
    await site.serve("/encryption.js", new URL("../../encryption/src/index.ts", import.meta.url));
    await site.serve("/own-worker.js", new URL("./support/own-worker.ts", import.meta.url));
    tab = await site.tab();
  });
  afterAll(() => site.close());

  test("described for the worker, and made in one's own: both read what the other has written", async () => {
    const outcome = await tab.evaluate(async () => {
      const key = new Uint8Array(32).fill(5);
      const module = new URL("/encryption.js", location.href);
      const described = await stria.openWal({ name: "sealed", cipher: { module, keys: [key] } });
      await described.append(new TextEncoder().encode("one"));
      const keys = await described.keysInUse();
      await described.close();
      const worker = (): Worker => new Worker("/own-worker.js", { type: "module" });
      const own = await stria.openWal({ name: "sealed", worker });
      await own.append(new TextEncoder().encode("two"));
      const texts: string[] = [];
      for await (const { payload } of own.read()) texts.push(new TextDecoder().decode(payload));
      await own.close();
      const plain = await stria.openWal({ name: "sealed" }).catch((error: unknown) => error);
      const wrong = { module, keys: [new Uint8Array(32).fill(6)] };
      const other = await stria
        .openWal({ name: "sealed", cipher: wrong })
        .catch((error: unknown) => error);
      const missing = { module: "/nowhere.js", keys: [] };
      const lost = await stria
        .openWal({ name: "sealed", cipher: missing })
        .catch((error: unknown) => error);
      const codes = [plain, other, lost].map((error) => (error as { code?: string }).code);
      return { texts, keys: keys.length, codes };
    });
    expect(outcome.texts).toEqual(["one", "two"]);
    expect(outcome.keys).toBe(1);
    expect(outcome.codes[1]).toBe("WAL_UNKNOWN_KEY");
    expect(outcome.codes[0]).toMatch(/^WAL_(UNKNOWN_KEY|UNSUPPORTED_CIPHER)$/u);
    expect(outcome.codes[2]).toBe("WAL_UNSUPPORTED");
  });
});
