/** Who declarations are sealed to: a document of keys that the authority signs [RECIPIENTS-1]. */

import { fromHex, require } from "./bytes.js";
import { decodeJson, isMap, requireFields, requireInteger } from "./canonical.js";
import { requirePublicKey } from "./hpke.js";
import { openSigned, requireValidAt } from "./signing.js";

const CONTEXT = "dp3t arrivals keys 1";
const LAST = 2 ** 32 - 1;
const MAX_BYTES = 2 ** 14;
const FIELDS = ["border", "number", "provinces", "receipts", "valid_from", "valid_until", "version"];

/**
 * @typedef {object} RecipientKeys
 * @property {number} number
 * @property {number} valid_from
 * @property {number} valid_until
 * @property {Uint8Array} border
 * @property {Map<string, Uint8Array>} provinces
 * @property {import("./signing.js").VerificationKey[]} receipts
 */

/**
 * The keys of a signed document [RECIPIENTS-2].
 * @param {Uint8Array} file
 * @param {import("./signing.js").VerificationKey[]} authority
 * @param {number} atLeast the highest number that this reader has seen
 * @returns {Promise<RecipientKeys>}
 */
export async function openKeys(file, authority, atLeast = 1) {
  require(file.length <= MAX_BYTES, "too long", "limit");
  const { payload, key } = await openSigned(file, authority, CONTEXT);
  const said = decodeJson(payload);
  requireFields(said, FIELDS);
  require(said.version === 1, "another version");
  requireInteger(said.number, 1, LAST);
  requireLifetime(said);
  require(isMap(said.provinces), "no provinces");
  const provinces = new Map(Object.entries(said.provinces).map(([code, each]) => [code, octets(each)]));
  require([...provinces.keys()].every((code) => /^[0-9]{2}$/.test(code)), "a code of a province");
  require(provinces.size > 0, "no provinces");
  const every = [said.border, ...Object.values(said.provinces)];
  require(new Set(every).size === every.length, "one key of two recipients");
  const border = octets(said.border);
  for (const each of [border, ...provinces.values()]) await requirePublicKey(each);
  const receipts = receiptKeys(said.receipts);
  requireValidAt(key, said.valid_from);
  require(said.number >= atLeast, "replaced-keys", "policy");
  return { ...said, border, provinces, receipts };
}

/** Throw unless something may be sealed now [RECIPIENTS-3]. */
export function requireCurrent(keys, now) {
  require(keys.valid_from <= now && now < keys.valid_until, "keys-not-current", "policy");
}

function receiptKeys(list) {
  require(Array.isArray(list) && list.length > 0, "no keys of receipts");
  require(list.length <= 8, "too many keys of receipts", "limit");
  const keys = list.map((each) => {
    requireFields(each, ["public", "valid_from", "valid_until"]);
    requireLifetime(each);
    return { ...each, public: octets(each.public) };
  });
  require(new Set(list.map((each) => each.public)).size === list.length, "a key twice");
  return keys;
}

function requireLifetime({ valid_from, valid_until }) {
  requireInteger(valid_from, 0, LAST);
  requireInteger(valid_until, 0, LAST);
  require(valid_from < valid_until, "ends before it begins");
}

function octets(text) {
  require(typeof text === "string" && text === text.toLowerCase(), "not in lower case");
  return fromHex(text, 32);
}
