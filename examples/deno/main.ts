/**
 * A guest book in Deno: what was answered with 201 is on disk.
 *   deno run --allow-read --allow-write --allow-net main.ts [directory]
 */
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

const directory = Deno.args[0] ?? new URL("data/", import.meta.url);
const wal = await Wal.open({ storage: nodeStorage(directory) });

const server = Deno.serve(
  {
    port: 0,
    hostname: "localhost",
    onListen: ({ port }) => console.log(`http://localhost:${port}/, ${wal.durableLsn} entries`),
  },
  async (request) => {
    if (request.method === "POST") {
      const lsn = await wal.append(await request.bytes());
      return new Response(`${lsn}\n`, { status: 201 });
    }
    // Entries go out as they are read: a long book takes no more memory than a short one.
    const entries = wal.read({ last: 1000 });
    return new Response(
      ReadableStream.from(entries).pipeThrough(
        new TransformStream({
          transform({ lsn, payload }, controller) {
            controller.enqueue(new TextEncoder().encode(`${lsn} `));
            controller.enqueue(payload);
            controller.enqueue(new TextEncoder().encode("\n"));
          },
        }),
      ),
    );
  },
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => void server.shutdown());
}
await server.finished; // requests under way have their answers
await wal.close();
