/**
 * What a device keeps of declarations: receipt, id and withdrawal secret, and none of the answers
 * [ARRIVALS-PAGE-7].
 */

import { fromHex, toHex } from "./bytes.js";
import { requireFields } from "./canonical.js";
import { receiptIn } from "./entry_receipt.js";
import { erase, recall, remember } from "./storage.js";

const PLACE = "dp3t-declarations";

/**
 * @typedef {object} Kept
 * @property {string} declaration hexadecimal
 * @property {string} secret hexadecimal
 * @property {string} receipt
 * @property {number} expiry_day the first UTC day on which the server no longer has it
 */

/** What is kept here and has not expired; what has, or is damaged, is erased. @returns {Kept[]} */
export function keptAt(now) {
  const kept = recall(PLACE), found = Array.isArray(kept) ? kept : [];
  const good = found.filter((one) => isWhole(one) && now < one.expiry_day * 86_400);
  if (good.length < found.length) write(good);
  return good;
}

/** Keep one; false where this browser does not, and what was kept stays as it is. */
export const keep = (one, now) => write([...without(one, now), one]);

/** Forget one. */
export const forget = (one, now) => write(without(one, now));

/** The withdrawal that a kept declaration permits. */
export const withdrawalOf = ({ declaration, secret }) => ({
  id: fromHex(declaration, 32),
  secret: fromHex(secret, 32),
});

/** The file that a person saves; `dp3t arrivals withdraw` reads it too. */
export const fileOf = ({ declaration, secret }) => `${JSON.stringify({ declaration, secret })}\n`;

/** What a saved file says. */
export function fromFile(text) {
  const said = JSON.parse(text);
  requireFields(said, ["declaration", "secret"]);
  withdrawalOf(said);
  return said;
}

/** What becomes of a sealed declaration and its receipt. @returns {Kept} */
export const keptOf = ({ id, secret, header }, receipt) => ({
  declaration: toHex(id),
  secret: toHex(secret),
  receipt,
  expiry_day: header.expiryDay,
});

/** Whether an entry can be shown and withdrawn; the page writes no other. */
function isWhole(one) {
  try {
    withdrawalOf(one);
    receiptIn(one.receipt);
    return Number.isInteger(one.expiry_day);
  } catch {
    return false;
  }
}

const without = (one, now) => keptAt(now).filter(({ declaration }) => declaration !== one.declaration);

function write(list) {
  if (list.length) return remember(PLACE, list);
  erase(PLACE);
  return true;
}
