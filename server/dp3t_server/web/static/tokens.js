/** Anonymous tokens: the list of keys, the request, the answer, the token [TOKENS-2] to [TOKENS-17]. */

import { Fault, bigEndian, draw, joined, numberOf, pad, require, toHex, unpad, utf8 } from "./bytes.js";
import { requireFields, requireInteger } from "./canonical.js";
import { MODULUS_BYTES, blind, finalize, requireModulus, verifies } from "./blind_rsa.js";
import { decodeMsgpack, encodeMsgpack } from "./msgpack.js";
import { openSigned, requireValidAt } from "./signing.js";

export const TOKEN_BYTES = 341;
export const REQUEST_BYTES = 2_304;
export const ANSWER_BYTES = 2_048;
export const DAYS = 7;
const LIST_BYTES = 32_768;
const TOLERANCE_SECONDS = 7_200;
const DAY_SECONDS = 86_400;
const LAST_DAY = Math.floor((2 ** 32 - 1) / DAY_SECONDS);
const SCOPE = /^[a-z][a-z-]{0,15}$/;
const OF_REQUEST = ["unknown-code", "expired-code"];
const OF_DAY = ["no-key", "issued"];

/**
 * @typedef {object} TokenKey
 * @property {number} day UTC
 * @property {string} scope
 * @property {Uint8Array} modulus
 */

/** The signed list in the server's answer. @returns {Uint8Array} */
export function signedList(body) {
  const said = decodeMsgpack(body);
  requireFields(said, ["keys", "leaf", "version"]);
  require(said.version === 1 && said.keys instanceof Uint8Array, "no list");
  requireInteger(said.leaf, 0, 2 ** 48 - 1);
  return said.keys;
}

/**
 * The keys of a signed list [TOKENS-2] [TOKENS-13].
 * @param {Uint8Array} file
 * @param {{trusted: object[], region: string, now: number}} expected
 * @returns {Promise<{issued: number, keys: TokenKey[], region: string}>}
 */
export async function openList(file, { trusted, region, now }) {
  require(file.length <= LIST_BYTES + 72, "too long", "limit");
  const { payload, key } = await openSigned(file, trusted, "dp3t token keys 1");
  const list = readList(payload);
  require(list.region === region, "other-region", "unauthentic");
  requireValidAt(key, list.issued);
  requireValidAt(key, Math.max(list.issued, now - TOLERANCE_SECONDS));
  require(list.issued <= now + TOLERANCE_SECONDS, "early-list", "policy");
  const end = (Math.floor(list.issued / DAY_SECONDS) + 1) * DAY_SECONDS;
  require(now < end + TOLERANCE_SECONDS, "old-list", "policy");
  return list;
}

/** What a list says, before anybody asks who signed it. */
export function readList(payload) {
  const list = decodeMsgpack(payload);
  requireFields(list, ["issued", "keys", "region", "version"]);
  require(list.version === 1 && Array.isArray(list.keys) && typeof list.region === "string", "no list");
  requireInteger(list.issued, 0, 2 ** 32 - 1);
  list.keys.forEach(requireKey);
  const today = Math.floor(list.issued / DAY_SECONDS);
  const scopes = [...new Set(list.keys.map(({ scope }) => scope))].sort();
  require(1 <= scopes.length && scopes.length <= 8, "no such scopes");
  const places = Array.from({ length: DAYS }, (_, ahead) => scopes.map((scope) => `${today + ahead} ${scope}`)).flat();
  require(places.join() === list.keys.map(({ day, scope }) => `${day} ${scope}`).join(), "not one for each day");
  require(new Set(list.keys.map(({ modulus }) => toHex(modulus))).size === list.keys.length, "a modulus twice");
  return list;
}

function requireKey(key) {
  requireFields(key, ["day", "modulus", "scope"]);
  requireInteger(key.day, 0, LAST_DAY);
  require(typeof key.scope === "string" && SCOPE.test(key.scope), "no scope");
  require(key.modulus instanceof Uint8Array && key.modulus.length === MODULUS_BYTES, "no modulus");
  requireModulus(key.modulus);
}

/** Throw where a list has another key for a day than one before had, or went back [TOKENS-15]. */
export function requireContinues(list, former) {
  const fault = () => new Fault("unauthentic", "other-list");
  if (list.region !== former.region || list.issued < former.issued) throw fault();
  const known = new Map(former.keys.map((key) => [`${key.day} ${key.scope}`, toHex(key.modulus)]));
  for (const key of list.keys) {
    const modulus = toHex(key.modulus);
    if ((known.get(`${key.day} ${key.scope}`) ?? modulus) !== modulus) throw fault();
  }
}

/** The 22 digits of a code, as somebody typed them; a Fault unless the check digits fit [AUTHORIZATION-2]. */
export function codeOf(typed) {
  const digits = typed.replace(/[ -]/g, "");
  require(/^[0-9]{22}$/.test(digits), "no-code");
  const check = 98n - ((BigInt(digits.slice(0, 20)) * 100n) % 97n);
  require(String(check).padStart(2, "0") === digits.slice(20), "no-code");
  return digits;
}

/**
 * Draw a token and blind it [TOKENS-4].
 * @param {TokenKey} key
 * @param {Uint8Array} nonce 32 bytes, used once
 * @param {{prefix?: Uint8Array, salt?: Uint8Array, factor?: bigint}} chosen for test vectors only
 */
export async function beginToken({ day, scope, modulus }, nonce, { prefix = draw(32), ...chosen } = {}) {
  const made = await blind(modulus, signedOf({ day, scope, nonce, prefix }), chosen);
  return { day, scope, modulus, nonce, prefix, ...made };
}

/** The token from the issuer's answer [TOKENS-5]. @returns {Promise<Uint8Array>} 341 bytes */
export async function finishToken(pending, blindSignature) {
  const { day, scope, modulus, nonce, prefix, inverse } = pending;
  const signature = await finalize(modulus, signedOf(pending), blindSignature, inverse);
  return joined([1], placeOf(scope, day), nonce, prefix, signature);
}

/** The parts of a token [TOKENS-3]. */
export function readToken(token) {
  require(token.length === TOKEN_BYTES && token[0] === 1, "no token");
  const named = token.subarray(1, 17);
  const scope = String.fromCharCode(...named.subarray(0, named.findLastIndex((byte) => byte) + 1));
  const day = numberOf(token.subarray(17, 21));
  require(SCOPE.test(scope) && day <= LAST_DAY, "no token");
  return { scope, day, nonce: token.subarray(21, 53), prefix: token.subarray(53, 85), signature: token.subarray(85) };
}

/** Throw unless the key of its scope and day has signed a token [TOKENS-5]. */
export async function requireToken(token, key) {
  const parts = readToken(token);
  const fits = key.scope === parts.scope && key.day === parts.day;
  require(fits && (await verifies(key.modulus, signedOf(parts), parts.signature)), "altered", "unauthentic");
}

/** The body that asks for tokens [TOKENS-16]. @param {{day: number, blinded: Uint8Array}[]} wanted */
export function requestOf(code, scope, wanted) {
  const days = wanted.map(({ day, blinded }) => ({ blinded, day }));
  const authorization = { code, form: "code" };
  return pad(encodeMsgpack({ authorization, scope, version: 1, wanted: days }), REQUEST_BYTES);
}

/**
 * What became of each day of a request [TOKENS-17]: a blind signature, or why there is none.
 * @returns {(Uint8Array|string)[]}
 */
export function issuedIn(body, days) {
  require(body.length === ANSWER_BYTES, "another length");
  const said = decodeMsgpack(unpad(body));
  requireFields(said, ["issued", "refusal", "version"]);
  require(said.version === 1 && Array.isArray(said.issued), "no answer");
  if (OF_REQUEST.includes(said.refusal)) throw new Fault("policy", said.refusal);
  require(said.refusal === "" && said.issued.length === days, "no answer");
  for (const each of said.issued) {
    require(OF_DAY.includes(each) || (each instanceof Uint8Array && each.length === MODULUS_BYTES), "no answer");
  }
  return said.issued;
}

/** What is signed [TOKENS-4]. */
const signedOf = ({ scope, day, nonce, prefix }) => joined(prefix, utf8("dp3t token 1"), placeOf(scope, day), nonce);

const placeOf = (scope, day) => joined(utf8(scope.padEnd(16, "\0")), bigEndian(day, 4));

