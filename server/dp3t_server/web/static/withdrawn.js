/** The signed list of receipts whose declarations were withdrawn or corrected [GATE-9]. */

import { numberOf, require, toHex } from "./bytes.js";
import { openSigned, requireValidAt } from "./signing.js";

const CONTEXT = "dp3t withdrawn receipts 1";
const HEAD_BYTES = 5, ROW_BYTES = 18, MAX_ROWS = 65_536, TOLERANCE_SECONDS = 7_200;

/**
 * The list that a server signed [GATE-10].
 * @returns {Promise<{issued: number, rows: {id: string, expiryDay: number}[]}>}
 */
export async function openWithdrawn(file, keys, now) {
  const { payload, key } = await openSigned(file, keys, CONTEXT);
  require(payload.length >= HEAD_BYTES && (payload.length - HEAD_BYTES) % ROW_BYTES === 0, "cut");
  require(payload[0] === 1, "another version");
  const count = (payload.length - HEAD_BYTES) / ROW_BYTES;
  require(count <= MAX_ROWS, "too long", "limit");
  const rows = Array.from({ length: count }, (_, number) => {
    const at = HEAD_BYTES + number * ROW_BYTES;
    return {
      id: toHex(payload.subarray(at, at + 16)),
      expiryDay: numberOf(payload.subarray(at + 16, at + ROW_BYTES)),
    };
  });
  require(rows.every(({ id }, at) => at === 0 || rows[at - 1].id < id), "out of order");
  const issued = numberOf(payload.subarray(1, HEAD_BYTES));
  requireValidAt(key, issued);
  requireValidAt(key, now);
  require(issued <= now + TOLERANCE_SECONDS, "from the future", "policy");
  return { issued, rows };
}
