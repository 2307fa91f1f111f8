/** A host that dies, leaves or is replaced: everybody is answered, nobody is told more than is known. */
import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { memoryStorage, Wal } from "../src/index.ts";
import type { Durability, Storage, WalRecord } from "../src/index.ts";
import { hostWal, RemoteWal, shareWal } from "../src/remote/index.ts";
import type { HostSession, Port, RemoteWalOptions } from "../src/remote/index.ts";
import { slowStorage } from "./support/slow-storage.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Channel {
  /** The remote's end. */
  readonly near: Port & { close(): void };
  /** The host's end. */
  readonly far: Port & { close(): void };
}

function channel(): Channel {
  const { port1, port2 } = new MessageChannel();
  return { near: port1 as unknown as Channel["near"], far: port2 as unknown as Channel["far"] };
}

/** A port that copies, as a broadcast channel does. */
function copying(port: Channel["near"]): Channel["near"] {
  return {
    copies: true,
    postMessage: (message) => port.postMessage(message, []),
    addEventListener: (type, listener) => port.addEventListener(type, listener),
    removeEventListener: (type, listener) => port.removeEventListener(type, listener),
    start: () => port.start?.(),
    close: () => port.close(),
  };
}

async function hosted(
  storage: Storage,
  options: { durability?: Durability; remote?: RemoteWalOptions } = {},
): Promise<{ remote: RemoteWal; far: Channel["far"] }> {
  const { near, far } = channel();
  const { durability = { mode: "synchronous" } } = options;
  hostWal(far, () => Wal.open({ storage, durability }));
  return { remote: await RemoteWal.open(near, options.remote), far };
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
const outcome = (promise: Promise<unknown>): Promise<string> => promise.then(() => "ok", codeOf);

test("what a dead host had is unknown, what it had not is not written, and later calls are refused", async () => {
  const slow = slowStorage(memoryStorage());
  const { remote, far } = await hosted(slow.storage, { remote: { stripeBytes: 1024 } });
  const sent = remote.append(new Uint8Array(900));
  await slow.syncing();
  const queued = remote.append(new Uint8Array(100));
  const waiting = remote.append(new Uint8Array(900));
  const committed = remote.commit();
  const read = remote.read({ follow: true }).next();
  const got = remote.get(1);
  far.close();
  const refused = waiting.catch((error: unknown) => error);
  // The commit has sent the queued one too; what waits for room has not left.
  remote.hostLost(new Error("power button"));
  expect(await outcome(sent)).toBe("WAL_OUTCOME_UNKNOWN");
  expect(await outcome(queued)).toBe("WAL_OUTCOME_UNKNOWN");
  expect(await outcome(committed)).toBe("WAL_OUTCOME_UNKNOWN");
  expect(await refused).toMatchObject({ code: "WAL_CLOSED", details: { outcome: "not-written" } });
  expect(await outcome(read)).toBe("WAL_CLOSED");
  expect(await outcome(got)).toBe("WAL_CLOSED");
  expect(await outcome(remote.append(bytes("late")))).toBe("WAL_CLOSED");
  expect(remote.health).toMatchObject({ ok: false });
  await remote.close();
  slow.go();
});

test("a host that dies while opening", async () => {
  const { near } = channel();
  const remote = RemoteWal.detached();
  const opening = remote.attach(near);
  remote.hostLost(new TypeError("no such worker"));
  await expect(opening).rejects.toThrow("no such worker");
  await remote.close();
});

test("a ticket lost with its host", async () => {
  const slow = slowStorage(memoryStorage());
  const { remote, far } = await hosted(slow.storage);
  const ticket = remote.appendAsync(bytes("a"));
  const durable = remote.durable(ticket);
  await slow.syncing();
  far.close();
  remote.hostLost(new Error("power button"));
  expect(await outcome(durable)).toBe("WAL_OUTCOME_UNKNOWN");
  await remote.close();
  slow.go();
});

test("async mode: a record that was only buffered when the host died makes the next commit reject, once", async () => {
  const storage = memoryStorage();
  const durability: Durability = { mode: "async", flushIntervalMs: 60_000 };
  const remoteOptions = { awaitsNextHost: true };
  const { remote, far } = await hosted(storage, { durability, remote: remoteOptions });
  expect(await remote.append(bytes("a"))).toBe(1);
  far.close();
  remote.hostLost(new Error("power button"));
  const next = channel();
  hostWal(next.far, () => Wal.open({ storage: memoryStorage(), durability }));
  await remote.attach(next.near);
  expect(await outcome(remote.commit())).toBe("WAL_OUTCOME_UNKNOWN");
  await remote.commit();
  await remote.close();
});

test("with another host to come, what was never sent is sent to it and readers go on where they stood", async () => {
  const storage = memoryStorage();
  const first = channel();
  const wal = await Wal.open({ storage });
  shareWal(first.far, { wal });
  const remote = RemoteWal.detached({ awaitsNextHost: true });
  await remote.attach(first.near);
  await remote.append(bytes("a"));
  const reader = remote.read({ from: 1, follow: true });
  const texts: string[] = [];
  const take = async (): Promise<void> => {
    const { value } = (await reader.next()) as { value: WalRecord };
    texts.push(new TextDecoder().decode(value.payload));
  };
  await take();
  remote.hostLost(new Error("crashed"));
  const later = remote.append(bytes("b"));
  const found = remote.get(1);
  const next = channel();
  shareWal(next.far, { wal });
  await remote.attach(next.near);
  expect(await later).toBe(2);
  expect((await found)?.payload).toEqual(bytes("a"));
  await take();
  await remote.append(bytes("c"));
  await take();
  expect(texts).toEqual(["a", "b", "c"]);
  await reader.return();
  await remote.close();
  await wal.close();
});

test.each(["moving", "copying"])(
  "a host that leaves in good order costs nothing, %s port",
  async (kind) => {
    const storage = memoryStorage();
    let wal = await Wal.open({ storage });
    let session: HostSession;
    const remote = RemoteWal.detached({ awaitsNextHost: true });
    const join = async (): Promise<void> => {
      const { near, far } = channel();
      const [a, b] = kind === "copying" ? [copying(near), copying(far)] : [near, far];
      session = shareWal(b, { wal });
      await remote.attach(a);
    };
    await join();
    let isOver = false;
    const lsns: number[] = [];
    const callers = Array.from({ length: 10 }, async (_, caller) => {
      for (let i = 0; !isOver; i++) lsns.push(await remote.append(bytes(`${caller}/${i}`)));
    });
    for (let host = 0; host < 5; host++) {
      const enough = lsns.length + 50;
      while (lsns.length < enough) await remote.refresh();
      session!.retire();
      await wal.close();
      await session!.dismiss();
      wal = await Wal.open({ storage });
      // The remote learns of it by a message; it must have come before the next host is attached.
      while (remote.health.ok) await new Promise((resolve) => setImmediate(resolve));
      await join();
    }
    isOver = true;
    const outcomes = await Promise.allSettled(callers);
    const failures = outcomes.filter(({ status }) => status === "rejected");
    expect(failures).toEqual([]);
    expect(new Set(lsns).size).toBe(lsns.length);
    expect(Math.max(...lsns)).toBeLessThanOrEqual(wal.durableLsn);
    await remote.close();
    await wal.close();
  },
);

test("two remotes on one log: a guest leaves without closing it", async () => {
  const wal = await Wal.open({ storage: memoryStorage() });
  const remotes = await Promise.all(
    [channel(), channel()].map(({ near, far }) => {
      shareWal(far, { wal });
      return RemoteWal.open(near);
    }),
  );
  const lsns = await Promise.all(
    Array.from({ length: 100 }, (_, i) => remotes[i % 2]!.append(bytes(`${i}`))),
  );
  expect(lsns.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  await remotes[0]!.close();
  expect(await remotes[1]!.append(bytes("still here"))).toBe(101);
  await remotes[1]!.close();
  expect(wal.durableLsn).toBe(101);
  await wal.close();
});

test("a failed sync: who was in the group learns it, later groups are refused, reads stay open", async () => {
  const slow = slowStorage(memoryStorage());
  const { remote } = await hosted(slow.storage);
  const first = remote.append(bytes("a"));
  const second = remote.append(bytes("b"));
  await slow.syncing();
  const later = remote.append(bytes("c"));
  slow.fail(new Error("the disk is on fire"));
  const outcomes = await Promise.allSettled([first, second, later]);
  // Only the last one of a group is known to be unwritten; the others might have been in a frame before.
  for (const [i, known] of ["unknown", "not-written"].entries()) {
    expect(outcomes[i]).toMatchObject({
      reason: {
        code: "WAL_STORAGE",
        details: { lsn: i + 1, outcome: known },
        cause: { message: "the disk is on fire" },
      },
    });
  }
  await expect(later).rejects.toMatchObject({ code: "WAL_POISONED" });
  expect(remote.health).toMatchObject({ ok: false, poisoned: { code: "WAL_POISONED" } });
  expect(await outcome(remote.commit())).toBe("WAL_POISONED");
  expect(await remote.get(1)).toBeUndefined();
  await remote.close();
});

test("group-commit: a failed sync reaches appends that were accepted long before", async () => {
  const slow = slowStorage(memoryStorage());
  const durability: Durability = { mode: "group-commit", maxDelayMs: 1, maxBatchRecords: 1000 };
  const { remote } = await hosted(slow.storage, { durability });
  const first = remote.append(bytes("a"));
  await slow.syncing();
  const second = remote.append(bytes("b"));
  // The first round trip overtakes the group, which leaves at the end of the turn.
  await remote.refresh();
  await remote.refresh();
  expect(remote.nextLsn).toBe(3);
  slow.fail(new Error("the disk is on fire"));
  expect(await Promise.allSettled([first, second])).toMatchObject([
    { reason: { code: "WAL_STORAGE", details: { lsn: 1 } } },
    { reason: { code: "WAL_STORAGE", details: { lsn: 2 } } },
  ]);
  await remote.close();
});

test("a signal ends the wait and not the append", async () => {
  const slow = slowStorage(memoryStorage());
  const { remote } = await hosted(slow.storage, { remote: { stripeBytes: 1024 } });
  const controller = new AbortController();
  const { signal } = controller;
  const waits = [
    remote.append(new Uint8Array(900), { signal }),
    remote.commit({ signal }),
    remote.ready({ signal }),
    remote.append(new Uint8Array(900), { signal }),
    remote.read({ from: 1, follow: true, signal }).next(),
  ];
  await slow.syncing();
  controller.abort();
  expect(await Promise.all(waits.map(outcome))).toEqual(waits.map(() => "WAL_ABORTED"));
  expect(await outcome(remote.append(bytes("x"), { signal }))).toBe("WAL_ABORTED");
  slow.go();
  await remote.commit();
  expect(remote.durableLsn).toBe(1);
  await remote.close();
});

test("a slow reader has two blocks on the way and no more", async () => {
  const { near, far } = channel();
  const wal = await Wal.open({ storage: memoryStorage() });
  const post = far.postMessage.bind(far);
  let blocks = 0;
  far.postMessage = (message, transfer) => {
    if ((message as { kind: string }).kind === "block") blocks++;
    post(message, transfer);
  };
  shareWal(far, { wal });
  const remote = await RemoteWal.open(near);
  for (let i = 0; i < 20; i++) await remote.append(new Uint8Array(300_000));
  const reader = remote.readBatches();
  const sizes = [(await reader.next()).value?.length];
  // Several round trips: the host would have sent more if it might.
  for (let i = 0; i < 20; i++) await remote.refresh();
  expect(blocks).toBe(3);
  for await (const batch of reader) sizes.push(batch.length);
  expect(sizes).toEqual(Array.from({ length: 20 }, () => 1));
  // A reader that stops early lets the host's go, too: the segment may be retired.
  const early = remote.readBatches({ follow: true });
  await early.next();
  await early.return();
  await remote.close();
  await wal.close();
});
