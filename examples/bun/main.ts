/**
 * A guest book in Bun: what was answered with 201 is on disk.
 *   bun main.ts [directory]
 */
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

const directory = Bun.argv[2] ?? new URL("data/", import.meta.url);
const wal = await Wal.open({ storage: nodeStorage(directory) });

const server = Bun.serve({
  port: 0,
  hostname: "localhost",
  async fetch(request) {
    if (request.method === "POST") {
      const lsn = await wal.append(await request.bytes());
      return new Response(`${lsn}\n`, { status: 201 });
    }
    // Entries go out as they are read: a long book takes no more memory than a short one.
    return new Response(async function* () {
      for await (const { lsn, payload } of wal.read({ last: 1000 })) {
        yield `${lsn} `;
        yield payload;
        yield "\n";
      }
    });
  },
});
console.log(`http://localhost:${server.port}/, ${wal.durableLsn} entries`);

async function shutDown() {
  await server.stop(); // requests under way have their answers
  await wal.close();
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void shutDown());
