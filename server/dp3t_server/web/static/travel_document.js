/** Travel documents: number, birth and expiry, as the machine-readable zone has them. */

import { draw, equal, joined, require, utf8 } from "./bytes.js";

const DATE = /^([0-9]{2}|<<)(0[1-9]|1[0-2]|<<)(0[1-9]|[12][0-9]|3[01]|<<)$/;
const ITERATIONS = 2 ** 17;

/**
 * @typedef {object} TravelDocument
 * @property {string} number
 * @property {string} birth YYMMDD
 * @property {string} expiry YYMMDD
 */

/** A document from what a person types [ENTRY-RECEIPT-2]. @returns {TravelDocument} */
export function typedDocument({ number, birth, expiry }) {
  require(/^[\x00-\x7f]*$/.test(number), "number");
  const tidied = number.toUpperCase().replace(/[ <\-./]/g, "");
  return documentOf(tidied, shortDate(birth), expiry ? shortDate(expiry) : "<<<<<<");
}

/** The document whose machine-readable zone this is [ENTRY-RECEIPT-3]. @returns {TravelDocument} */
export function documentInZone(given) {
  const zone = given.replace(/\s+/g, "");
  require(/^[A-Z0-9<]*$/.test(zone), "zone");
  if (zone.length === 90) return zoneDocument(zone.slice(5, 30), zone.slice(30, 37), zone.slice(38, 45));
  require(zone.length === 72 || zone.length === 88, "zone");
  const line = zone.slice(zone.length / 2);
  return zoneDocument(line.slice(0, 10) + line.slice(28, 35), line.slice(13, 20), line.slice(21, 28));
}

/** Bind to a document: a new salt, and what it makes of it [ENTRY-RECEIPT-4]. */
export async function bind(document, salt = draw(16)) {
  return joined(salt, await bindingValue(document, salt));
}

/** Whether a binding was made for a document [ENTRY-RECEIPT-5]. */
export async function fits(binding, document) {
  return equal(await bindingValue(document, binding.slice(0, 16)), binding.subarray(16));
}

async function bindingValue({ number, birth, expiry }, salt) {
  const password = utf8([number, birth, expiry].join("<"));
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const salted = joined(utf8("dp3t entry binding 1\0"), salt);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: salted, iterations: ITERATIONS };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 128));
}

function documentOf(number, birth, expiry) {
  require(/^[A-Z0-9]{1,22}$/.test(number), "number");
  require(DATE.test(birth), "birth");
  require(DATE.test(expiry), "expiry");
  return { number, birth, expiry };
}

function shortDate(given) {
  const found = /^[0-9]{2}([0-9]{2})-([0-9]{2})-([0-9]{2})$/.exec(given);
  return found ? found.slice(1).join("") : given;
}

/** A document from fields with their check digits; other data follow the number's. */
function zoneDocument(number, birth, expiry) {
  const long = number[9] === "<" ? number.slice(0, 9) + number.slice(10).split("<")[0] : number.slice(0, 10);
  return documentOf(
    withoutDigit(long, "number").replaceAll("<", ""),
    withoutDigit(birth, "birth"),
    withoutDigit(expiry, "expiry"),
  );
}

function withoutDigit(characters, what) {
  require(checkDigit(characters.slice(0, -1)) === characters.at(-1), `${what}-digit`);
  return characters.slice(0, -1);
}

/** The check digit of Doc 9303, part 3: weights 7, 3, 1, modulo 10; `<` is nought. */
function checkDigit(characters) {
  const values = Array.from(characters, (each) => (each === "<" ? 0 : parseInt(each, 36)));
  return String(values.reduce((sum, value, at) => sum + value * [7, 3, 1][at % 3], 0) % 10);
}
