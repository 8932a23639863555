/** Acts of the record of facilities: made, signed, and the words beside them. */

import { Fault, draw, equal, fromHex, joined, require, sha256, toHex, utf8 } from "./bytes.js";
import { decodeJson, encodeJson, isMap, requireFields } from "./canonical.js";

export const HEADER_BYTES = 72;
export const MAX_WORDS = 500;
export const MAX_REASON = 200;
const VERSION = 1;
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
const NO_ACT = "0".repeat(2 * DIGEST_BYTES);
const MOST_BYTES = { "authority act 1": 65_536, "facility act 1": 4_096, "objection 1": 4_096 };
const OF_FACILITY = ["attestation", "answer", "rekey"];
/** Control characters, and those that nobody sees or that turn text round [ACT-6]. */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
/** What stands before a seed in the PKCS #8 of an Ed25519 key (RFC 8410). */
const PKCS8 = fromHex("302e020100300506032b657004220420");

/** Where an empty chain ends. */
export const START = Object.freeze({ number: 0, previous: NO_ACT });

/**
 * @typedef {object} Signer
 * @property {CryptoKey} key which signs, and does not leave the browser
 * @property {Uint8Array} public 32 bytes
 */

/** A key from its seed of 32 bytes. @returns {Promise<Signer>} */
export async function signerOf(seed) {
  require(seed.length === DIGEST_BYTES, "another length");
  const encoded = joined(PKCS8, seed);
  const open = await crypto.subtle.importKey("pkcs8", encoded, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", open);
  const key = await crypto.subtle.importKey("pkcs8", encoded, "Ed25519", false, ["sign"]);
  const standard = x.replaceAll("-", "+").replaceAll("_", "/");
  return { key, public: Uint8Array.from(atob(standard), (letter) => letter.charCodeAt(0)) };
}

/**
 * What a key file says: a signing key as `dp3t` writes it, or its seed in hexadecimal digits alone.
 * @param {string} text
 * @returns {{seed: Uint8Array, facility: string}} facility: "" where the file names none [DESK-PAGE-2]
 */
export function readKeyFile(text) {
  const said = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(said)) return { seed: fromHex(said), facility: "" };
  let document;
  try {
    document = JSON.parse(said);
  } catch {
    throw new Fault("malformed", "no-key");
  }
  const isKey = isMap(document) && typeof document.seed === "string" && /^[0-9a-f]{64}$/.test(document.seed);
  require(isKey && ["undefined", "string"].includes(typeof document.facility), "no-key");
  return { seed: fromHex(document.seed), facility: document.facility ?? "" };
}

/** The key file of a facility, which `dp3t` reads too [DESK-PAGE-2]. */
export function writeKeyFile(facility, seed) {
  const lifetime = { valid_from: 0, valid_until: 2 ** 32 - 1 };
  return `${JSON.stringify({ facility, seed: toHex(seed), ...lifetime }, null, 2)}\n`;
}

/** What every act of a chain says first [ACT-2]. */
export const headOf = (kind, { region, made, end }) => ({
  kind,
  made,
  number: end.number,
  previous: end.previous,
  region,
  version: VERSION,
});

/** The context in which acts of a kind are signed. */
export function contextOf(kind) {
  if (kind === "objection") return "objection 1";
  return OF_FACILITY.includes(kind) ? "facility act 1" : "authority act 1";
}

/** Sign an act [ACT-1]. @param {Signer} signer @returns {Promise<Uint8Array>} the signed file */
export async function signAct(act, signer) {
  const context = contextOf(act.kind);
  const payload = encodeJson(act);
  require(payload.length <= MOST_BYTES[context], "too long", "limit");
  const id = (await sha256(signer.public)).subarray(0, 8);
  const message = joined([context.length], utf8(context), id, payload);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", signer.key, message));
  return joined(id, signature, payload);
}

/** What a signed file says, read canonically; nothing is verified. */
export const readAct = (signed) => decodeJson(signed.subarray(HEADER_BYTES));

/** The digest by which other acts name this one, in hexadecimal digits. */
export const digestOf = async (signed) => toHex(await sha256(signed));

/** Where a chain ends once its next act is in it [ACT-3]. */
export async function after(end, signed) {
  const act = readAct(signed);
  require(act.number === end.number && act.previous === end.previous, "another place");
  return { number: end.number + 1, previous: await digestOf(signed) };
}

/** Whether a line may stand in the record [ACT-6]. */
export function isLine(text, longest) {
  if (!text.replaceAll(" ", "") || !text.isWellFormed() || text.normalize("NFC") !== text) return false;
  return [...text].length <= longest && !UNSEEN.test(text);
}

/** What somebody typed as a line: in form C, line breaks and tabs as spaces, none around it. */
export const lineOf = (typed) => typed.normalize("NFC").replace(/\s+/g, " ").trim();

/**
 * Words with a salt of their own [ACT-8], and what the act says of them; nothing for no text.
 * @returns {Promise<{words: {salt: string, text: string}|null, commitment: string}>}
 */
export async function writeWords(text) {
  if (!text) return { words: null, commitment: "" };
  const words = { salt: toHex(draw(SALT_BYTES)), text };
  return { words, commitment: await commitmentOf(words) };
}

/** What an act says that has these words [ACT-7]. */
export async function commitmentOf(words) {
  requireFields(words, ["salt", "text"]);
  require(typeof words.salt === "string" && /^[0-9a-f]{32}$/.test(words.salt), "no salt");
  require(typeof words.text === "string" && isLine(words.text, MAX_WORDS), "no line");
  return toHex(await sha256(joined(utf8("dp3t words 1"), fromHex(words.salt), utf8(words.text))));
}

/** Throw unless an act committed to these words [ACT-9]. */
export async function requireWords(words, commitment) {
  const same = equal(fromHex(await commitmentOf(words)), fromHex(commitment, DIGEST_BYTES));
  require(same, "other words", "unauthentic");
}

/** The body with which an act is handed in [FACILITIES-SERVER-3]. */
export const handedIn = (signed, words) => JSON.stringify({ act: toBase64(signed), words });

/** @param {Uint8Array} bytes @returns {string} base64 */
export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The local day that holds a moment [CHECKLIST-2]. */
export const localDay = (moment, offsetMinutes) => Math.floor((moment + offsetMinutes * 60) / 86_400);
