/** Receipts of entry declarations: read, verified and judged without a network. */

import { Fault, fromBase32, numberOf, require, toHex } from "./bytes.js";
import { openSigned } from "./signing.js";
import { fits } from "./travel_document.js";

const DAY_SECONDS = 86_400, HOUR_SECONDS = 3_600;
const CONTEXT = "dp3t entry receipt 1";
const SCHEME = "DP3T-ENTRY:", VERSION = "1:";
const HEADER_BYTES = 72, PAYLOAD_BYTES = 57, RECEIPT_BYTES = HEADER_BYTES + PAYLOAD_BYTES;

/**
 * @typedef {object} EntryReceipt
 * @property {Uint8Array} id 16 bytes
 * @property {Uint8Array} binding 32 bytes
 * @property {number} entryDay days since 1970-01-01
 * @property {string} arrivalPoint
 * @property {number} validFrom Unix seconds
 * @property {number} validUntil
 * @property {number} expiryDay the first UTC day on which it is good at no time
 */

/** What 57 bytes say [ENTRY-RECEIPT-6] [ENTRY-RECEIPT-7]. @returns {EntryReceipt} */
export function decodeReceipt(bytes) {
  require(bytes.length === PAYLOAD_BYTES && bytes[0] === 1, "no receipt of version 1");
  const entryDay = numberOf(bytes.subarray(49, 51));
  const point = String.fromCharCode(...bytes.subarray(51, 55));
  require(/^[A-Z0-9]{4}$/.test(point), "no arrival point");
  require(bytes[56] > 0 && entryDay > 10 && entryDay < 49_700, "days out of range");
  const validUntil = entryDay * DAY_SECONDS + bytes[56] * HOUR_SECONDS;
  return {
    id: bytes.slice(1, 17),
    binding: bytes.slice(17, 49),
    entryDay,
    arrivalPoint: point,
    validFrom: entryDay * DAY_SECONDS - bytes[55] * HOUR_SECONDS,
    validUntil,
    expiryDay: Math.floor((validUntil - 1) / DAY_SECONDS) + 1,
  };
}

/** What a receipt says, whoever signed it: one of one's own. @returns {EntryReceipt} */
export const receiptIn = (text) => decodeReceipt(fileIn(text).subarray(HEADER_BYTES));

/** What a receipt says and who signed it [ENTRY-RECEIPT-8] [ENTRY-RECEIPT-10]. */
export async function openReceipt(given, keys) {
  const { payload, key } = await openSigned(fileIn(given), keys, CONTEXT);
  return { receipt: decodeReceipt(payload), key };
}

/**
 * The first verdict that holds, apart from `used` [ENTRY-RECEIPT-11].
 * @param {string} text as scanned
 * @param {import("./travel_document.js").TravelDocument} document
 * @param {{keys: object[], arrivalPoint: string, now: number, isWithdrawn: (id: string) => boolean}} known
 * @returns {Promise<{verdict: string, receipt?: EntryReceipt}>}
 */
export async function verify(text, document, { keys, arrivalPoint, now, isWithdrawn }) {
  let opened;
  try {
    opened = await openReceipt(text, keys);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { verdict: fault.kind === "unauthentic" ? fault.what : "malformed" };
  }
  const { receipt, key } = opened;
  if (now < key.valid_from || key.valid_until <= now) return { verdict: "rotated-out" };
  if (isWithdrawn(toHex(receipt.id))) return { verdict: "withdrawn", receipt };
  if (receipt.arrivalPoint !== arrivalPoint) return { verdict: "other-point", receipt };
  if (now < receipt.validFrom) return { verdict: "not-yet", receipt };
  if (now >= receipt.validUntil) return { verdict: "expired", receipt };
  return { verdict: (await fits(receipt.binding, document)) ? "valid" : "other-traveller", receipt };
}

/** The signed file in a receipt's text [ENTRY-RECEIPT-10]. */
function fileIn(given) {
  const trimmed = given.trim();
  require(/^[\x00-\x7f]*$/.test(trimmed), "not ASCII");
  const text = trimmed.toUpperCase();
  require(text.startsWith(SCHEME + VERSION), "no receipt of version 1");
  return fromBase32(text.slice(SCHEME.length + VERSION.length), RECEIPT_BYTES);
}
