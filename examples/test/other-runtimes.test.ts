/** The guest books in Deno and Bun: what was answered with 201 survives a kill. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { Example, otherRuntime, temporaryDirectory } from "./run-example.ts";

test.for([
  {
    name: "deno",
    program: "deno/deno",
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-net"],
  },
  { name: "bun", program: "bun/bin/bun.exe", args: [] },
])("$name", async ({ name, program, args }, { skip }) => {
  const { command, missing } = otherRuntime(program);
  skip(missing !== undefined, missing);
  const directory = join(temporaryDirectory(), "data");
  const open = async () => {
    const book = new Example(name, { command, args: [...args, "main.ts", directory] });
    const [, url = "", entries] = /^(http:\S+), (\d+) entries$/u.exec(await book.line()) ?? [];
    return { book, url, entries };
  };
  const { book, url } = await open();
  for (const lsn of [1, 2, 3]) {
    const response = await fetch(url, { method: "POST", body: `entry ${lsn}` });
    expect([response.status, await response.text()]).toEqual([201, `${lsn}\n`]);
  }
  book.child.kill("SIGKILL");
  expect(await book.ended).toBe("SIGKILL");
  const again = await open();
  expect(again.entries).toBe("3");
  expect(await (await fetch(again.url)).text()).toBe("1 entry 1\n2 entry 2\n3 entry 3\n");
  again.book.child.kill("SIGTERM");
  expect(await again.book.ended).toBe(0);
});
