// What a reader finds in an encrypted golden log, as JSON: with the keys, without one, and with wrong ones. The
// packages are handed in, so that the same description is made from sources and from what was built, in Node, Deno,
// Bun and a browser.

/** Opens copies of `files` in every way and says what happened. */
export async function describeLog({ core, encryption, keyIdOf }, files, { keys, allowPlaintext }) {
  const cipher = encryption({ keys, allowPlaintext });
  const impostors = keys.map((key) => ({ id: keyIdOf(key), key: key.map((byte) => byte ^ 0xff) }));
  return {
    withKeys: await withKeys(core, files, cipher),
    withoutKey: await refusal(core, files, undefined),
    withUnknownKey: await refusal(core, files, encryption({ keys: [unknownKey], allowPlaintext })),
    withWrongKey: await refusal(core, files, encryption({ keys: impostors, allowPlaintext })),
  };
}

const unknownKey = new Uint8Array(32).fill(0xee);

async function withKeys(core, files, cipher) {
  const wal = await open(core, await storageOf(core, files), cipher);
  try {
    const { lastLsn, tail, tornBytes, carried, segments } = wal.recovery;
    const records = [];
    for await (const { lsn, timestamp, payload } of wal.read({ from: wal.firstLsn })) {
      const bytes = payload.length <= 32 ? { hex: hexOf(payload) } : { length: payload.length };
      records.push({ lsn, timestamp, ...bytes, sum: sumOf(payload) });
    }
    return {
      report: { lastLsn, tail, tornBytes, carried, segments },
      firstLsn: wal.firstLsn,
      nextLsn: wal.nextLsn,
      checkpointLsn: wal.checkpointLsn,
      keysInUse: wal.keysInUse(),
      chain: wal.head().chain,
      records,
    };
  } finally {
    await wal.close();
  }
}

/** The code an opening is refused with; the files must be what they were. */
async function refusal(core, files, cipher) {
  const storage = await storageOf(core, files);
  try {
    const wal = await open(core, storage, cipher);
    await wal.close();
    return "opened";
  } catch (error) {
    if (!core.isWalError(error)) throw error;
    return same(files, await filesOf(storage)) ? error.code : "changed";
  }
}

function open({ Wal }, storage, cipher) {
  const clock = { now: () => 1_767_312_000_000, monotonic: () => 0, timer: () => () => {} };
  return Wal.open({ storage, clock, segmentBytes: 16_384, ...(cipher && { cipher }) });
}

async function storageOf({ memoryStorage }, files) {
  const storage = memoryStorage("golden");
  for (const [name, bytes] of files) {
    const file = await storage.create(name);
    await file.write(bytes, 0);
    await file.close();
  }
  return storage;
}

/** Every file as it stands. */
export async function filesOf(storage) {
  const files = new Map();
  for (const name of (await storage.list()).toSorted()) {
    const file = await storage.open(name);
    const bytes = new Uint8Array(await file.size());
    let got = 0;
    while (got < bytes.length) got += await file.read(bytes.subarray(got), got);
    await file.close();
    files.set(name, bytes);
  }
  return files;
}

function same(a, b) {
  if (a.size !== b.size) return false;
  return [...a].every(([name, bytes]) => hexOf(bytes) === hexOf(b.get(name) ?? new Uint8Array(0)));
}

function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Of every byte and its place. */
function sumOf(bytes) {
  return bytes.reduce((sum, byte, at) => (sum * 31 + byte + at) % 4_294_967_291, 7);
}
