/**
 * What is appended: records whose every byte follows from the seed, the life that wrote them and their
 * LSN. So the checker needs no copy of what was written, and a record of a former life that comes back
 * under an LSN that was given out again is told from the one that belongs there.
 */
import { SeededRandom } from "@stria/testkit";

/** Life, LSN, first LSN of the batch, records in the batch; four bytes each, little-endian. */
const HEADER_BYTES = 16;

/**
 * @typedef {object} RecordOrigin
 * @property {number} life number of the process that appended it
 * @property {number} lsn its own LSN
 * @property {number} batchFirst first LSN of its batch; its own when it was appended alone
 * @property {number} batchCount records of its batch
 */

/**
 * The bytes of one record.
 * @param {number} seed
 * @param {RecordOrigin} origin
 * @returns {Uint8Array}
 */
export function recordOf(seed, { life, lsn, batchFirst, batchCount }) {
  const random = new SeededRandom(`${seed}/${life}/${lsn}`);
  const record = new Uint8Array(HEADER_BYTES + bodyBytes(random));
  const header = new DataView(record.buffer);
  for (const [i, field] of [life, lsn, batchFirst, batchCount].entries()) {
    header.setUint32(4 * i, field, true);
  }
  random.fillBytes(record.subarray(HEADER_BYTES));
  return record;
}

/**
 * Where a record says it comes from, after every byte of it was compared.
 * @param {number} seed
 * @param {number} lsn the LSN it was read under
 * @param {Uint8Array} payload
 * @returns {RecordOrigin}
 */
export function originOf(seed, lsn, payload) {
  if (payload.length < HEADER_BYTES) throw new Error(`LSN ${lsn}: ${payload.length} bytes`);
  const header = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const origin = {
    life: header.getUint32(0, true),
    lsn,
    batchFirst: header.getUint32(8, true),
    batchCount: header.getUint32(12, true),
  };
  const expected = recordOf(seed, origin);
  if (Buffer.compare(expected, payload) !== 0) {
    const at = expected.findIndex((byte, i) => byte !== payload[i]);
    throw new Error(
      `LSN ${lsn} of life ${origin.life} has other bytes: ${payload.length} instead of ` +
        `${expected.length}, first difference at ${at}`,
    );
  }
  return origin;
}

/**
 * Mostly small, sometimes several sectors, rarely more than a small segment holds.
 * @param {SeededRandom} random
 */
function bodyBytes(random) {
  const kind = random.below(100);
  if (kind < 80) return random.below(200);
  if (kind < 98) return random.below(3000);
  return random.below(24_000);
}
