/**
 * Logs travel: what Node has written is read in a browser, from its private files, record for record; what the
 * browser has written on is read in Node. Encrypted ones too, with the key on both sides.
 */
import { readdirSync, readFileSync } from "node:fs";
import { memoryStorage, Wal } from "@stria/core";
import type { Cipher, Storage } from "@stria/core";
import { encryption } from "@stria/encryption";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import type { Files, GoldenJob, GoldenOutcome } from "./support/golden-worker.ts";
import { Site, whyNoFirefox, whyNot } from "./support/site.ts";

const home = new URL("../../../fixtures/v1/", import.meta.url);
const names = readdirSync(home, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => readdirSync(new URL(`${name}/`, home)).includes("expected.json"));

interface Expected {
  readonly strict: {
    readonly refused?: object;
    readonly nextLsn?: number;
    readonly chain?: string;
    readonly records?: readonly { lsn?: number; code?: string; hex?: string; length?: number }[];
  };
}

function golden(name: string): { files: Files; expected: Expected["strict"] } {
  const folder = new URL(`${name}/`, home);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".wal"))
    .toSorted()
    .map((file) => [file, new Uint8Array(readFileSync(new URL(file, folder)))] as const);
  const { strict } = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as Expected;
  return { files, expected: strict };
}

/** Bytes do not survive the way into the page as they are; numbers do. */
async function inBrowser(tab: Page, job: GoldenJob): Promise<GoldenOutcome> {
  const plain = {
    ...job,
    files: job.files.map(([name, bytes]) => [name, [...bytes]] as const),
    more: job.more.map((payload) => [...payload]),
    key: job.key && [...job.key],
  };
  const outcome = await tab.evaluate(async (given) => {
    const worker = new Worker("/golden-worker.js", { type: "module" });
    const answered = new Promise<GoldenOutcome>((resolve, reject) => {
      worker.addEventListener("message", (event) => resolve(event.data as GoldenOutcome));
      worker.addEventListener("error", (event) => reject(new Error(event.message)));
    });
    worker.postMessage({
      name: given.name,
      files: given.files.map(([name, bytes]) => [name, new Uint8Array(bytes)]),
      more: given.more.map((payload) => new Uint8Array(payload)),
      ...(given.key === undefined ? {} : { key: new Uint8Array(given.key) }),
    });
    const { records, files, ...rest } = await answered;
    worker.terminate();
    return {
      ...rest,
      records: records?.map(({ lsn, payload }) => ({ lsn, payload: [...payload] })),
      files: files?.map(([name, bytes]) => [name, [...bytes]] as const),
    };
  }, plain);
  const { records = [], files = [], ...rest } = outcome;
  return {
    ...rest,
    records: records.map(({ lsn, payload }) => ({ lsn, payload: new Uint8Array(payload) })),
    files: files.map(([name, bytes]) => [name, new Uint8Array(bytes)] as const),
  };
}

async function storageOf(files: Files): Promise<Storage> {
  const storage = memoryStorage();
  for (const [name, bytes] of files) {
    const file = await storage.create(name);
    await file.write(bytes, 0);
    await file.close();
  }
  return storage;
}

const more = ["written", "in", "a browser"].map((text) => new TextEncoder().encode(text));

async function lastTexts(files: Files, cipher?: Cipher): Promise<string[]> {
  const storage = await storageOf(files);
  const wal = await Wal.open({ storage, ...(cipher === undefined ? {} : { cipher }) });
  const texts: string[] = [];
  for await (const { payload } of wal.read({ last: 3 })) {
    texts.push(new TextDecoder().decode(payload));
  }
  await wal.close();
  return texts;
}

describe.each([
  { browser: "chromium", missing: whyNot() },
  { browser: "firefox", missing: whyNoFirefox() },
] as const)("logs written by Node and read in $browser", ({ browser, missing }) => {
  let site: Site;
  let tab: Page;
  beforeAll(async () => {
    if (missing !== undefined) return;
    site = await Site.start();
    await site.serve("/golden-worker.js", new URL("./support/golden-worker.ts", import.meta.url));
    tab = await site.tab("/", browser);
  });
  afterAll(() => site?.close());

  test.skipIf(missing !== undefined).each(names)("%s", async (name) => {
    const { files, expected } = golden(name);
    const outcome = await inBrowser(tab, { name, files, more });
    expect(outcome.refused).toEqual(expected.refused);
    expect(outcome.nextLsn).toBe(expected.nextLsn);
    expect(outcome.chain).toBe(expected.chain);
    const wanted = expected.records ?? [];
    const upTo = wanted.findIndex(({ code }) => code !== undefined);
    const readable = upTo === -1 ? wanted : wanted.slice(0, upTo);
    const found = (outcome.records ?? []).map(({ lsn, payload }) => ({
      lsn,
      what: payload.length <= 32 ? Buffer.from(payload).toString("hex") : payload.length,
    }));
    expect(found).toEqual(readable.map(({ lsn, hex, length }) => ({ lsn, what: hex ?? length })));
    const texts = expected.refused === undefined ? await lastTexts(outcome.files ?? []) : undefined;
    const isReadable = upTo === -1 && expected.refused === undefined;
    expect(isReadable ? texts : ["written", "in", "a browser"]).toEqual([
      "written",
      "in",
      "a browser",
    ]);
  });

  test.skipIf(missing !== undefined)(
    "an encrypted log goes there and back; without the key it is refused there",
    async () => {
      const key = new Uint8Array(32).fill(9);
      const storage = memoryStorage();
      const wal = await Wal.open({ storage, cipher: encryption({ keys: [key] }) });
      await wal.append(new TextEncoder().encode("written in Node"));
      await wal.close();
      const files: [string, Uint8Array][] = [];
      for (const name of await storage.list()) {
        const file = await storage.open(name);
        const bytes = new Uint8Array(await file.size());
        await file.read(bytes, 0);
        files.push([name, bytes]);
      }
      const outcome = await inBrowser(tab, { name: "sealed", files, more, key });
      const [record] = outcome.records ?? [];
      expect(new TextDecoder().decode(record?.payload)).toBe("written in Node");
      expect(await lastTexts(outcome.files ?? [], encryption({ keys: [key] }))).toEqual([
        "written",
        "in",
        "a browser",
      ]);
      const refused = await inBrowser(tab, { name: "sealed-2", files, more });
      expect(refused.refused?.code).toMatch(/^WAL_(UNKNOWN_KEY|UNSUPPORTED_CIPHER)$/u);
    },
  );
});
