/** The golden encrypted logs in a real browser: JavaScript ciphers, the same bytes. */
import { expect, test } from "vitest";
import { server } from "vitest/browser";
import * as core from "@stria/core";
import { encryption, keyIdOf } from "../src/index.ts";
import { describeLog } from "./golden/describe-log.mjs";
import { hex } from "./hex.ts";

/** From the package, which is what the server takes paths from. */
const home = "../../fixtures/v1/encrypted";
const names = ["aes-256-gcm", "carried-tail", "chacha20-poly1305", "key-rotation", "migrated"];

interface Expected {
  readonly keys: readonly string[];
  readonly allowPlaintext: boolean;
  readonly files: readonly string[];
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const text = atob(await server.commands.readFile(path, "base64"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

test.each(names)("reads %s as it was written down", async (name) => {
  const text = await server.commands.readFile(`${home}/${name}/expected.json`, "utf-8");
  const expected = JSON.parse(text) as Expected;
  const files = new Map<string, Uint8Array>();
  for (const file of expected.files) files.set(file, await bytesOf(`${home}/${name}/${file}`));
  const found = await describeLog({ core, encryption, keyIdOf }, files, {
    keys: expected.keys.map((key) => hex(key)),
    allowPlaintext: expected.allowPlaintext,
  });
  expect(expected).toMatchObject(found);
  expect(encryption({ keys: [hex(expected.keys[0]!)] }).implementation).toBe("noble");
});
