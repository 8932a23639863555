/**
 * What a device keeps of declarations: receipt, id and withdrawal secret, and none of the answers
 * [ARRIVALS-PAGE-7].
 */

import { fromHex, toHex } from "./bytes.js";
import { requireFields } from "./canonical.js";

const PLACE = "dp3t-declarations";
const NUMBER = "dp3t-arrivals-keys";

/**
 * @typedef {object} Kept
 * @property {string} declaration hexadecimal
 * @property {string} secret hexadecimal
 * @property {string} receipt
 * @property {number} expiry_day the first UTC day on which the server no longer has it
 */

/** What is kept here and has not expired; what has is erased. @returns {Kept[]} */
export function keptAt(now) {
  const found = read(PLACE) ?? [];
  const good = found.filter(({ expiry_day }) => now < expiry_day * 86_400);
  if (good.length < found.length) write(good);
  return good;
}

/** Keep one, in the place of those with the ids named. */
export function keep(one, now, ...replaced) {
  write([...keptAt(now).filter((each) => !replaced.includes(each.declaration)), one]);
}

/** Forget one. */
export const forget = (one, now) => write(keptAt(now).filter((each) => each.declaration !== one.declaration));

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

/** The highest number of a document of keys that this device has seen [RECIPIENTS-4]. */
export const seenNumber = () => read(NUMBER) ?? 1;

export function noteNumber(number) {
  localStorage.setItem(NUMBER, JSON.stringify(number));
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function write(list) {
  if (list.length) localStorage.setItem(PLACE, JSON.stringify(list));
  else localStorage.removeItem(PLACE);
}
