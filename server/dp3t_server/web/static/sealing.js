/** The sealed declaration: a header, and a part for each of two recipients [SEALING-1]. */

import { bigEndian, draw, joined, numberOf, pad, require, sha256, unpad, utf8 } from "./bytes.js";
import { encodeJson, decodeJson, isMap, requireFields } from "./canonical.js";
import { check, dayOf, forRole, isoDay, partValues } from "./form.js";
import { OVERHEAD_BYTES, open, seal } from "./hpke.js";
import { requireCurrent } from "./recipients.js";
import { bind, typedDocument } from "./travel_document.js";

const HEADER_BYTES = 81;
const CONTENT_BYTES = { border: 16_384, province: 8_192 };
const LAST_DAY = 49_710;
const BEHIND_BORDER = HEADER_BYTES + CONTENT_BYTES.border + OVERHEAD_BYTES;
export const ENVELOPE_BYTES = BEHIND_BORDER + CONTENT_BYTES.province + OVERHEAD_BYTES;
export const KEPT_DAYS = 21;

/**
 * @typedef {object} Header
 * @property {number} keysNumber
 * @property {number} expiryDay
 * @property {number} entryDay
 * @property {string} arrivalPoint
 * @property {Uint8Array} withdrawalDigest
 * @property {Uint8Array} binding
 */

/** @param {Header} header @returns {Uint8Array} 81 bytes */
export function encodeHeader(header) {
  const numbers = [header.keysNumber, header.expiryDay, header.entryDay];
  return joined(
    [1],
    ...numbers.map((number) => bigEndian(number, 4)),
    utf8(header.arrivalPoint),
    header.withdrawalDigest,
    header.binding,
  );
}

/** @param {Uint8Array} bytes the 81 [SEALING-2] @returns {Header} */
export function decodeHeader(bytes) {
  require(bytes.length === HEADER_BYTES && bytes[0] === 1, "no header of version 1");
  const [keysNumber, expiryDay, entryDay] = [1, 5, 9].map((at) => numberOf(bytes.subarray(at, at + 4)));
  const arrivalPoint = String.fromCharCode(...bytes.subarray(13, 17));
  require(keysNumber > 0, "keys of number 0");
  require(entryDay < expiryDay && expiryDay <= entryDay + 28 && expiryDay <= LAST_DAY, "days out of range");
  require(/^[A-Z0-9]{4}$/.test(arrivalPoint), "no arrival point");
  return {
    keysNumber,
    expiryDay,
    entryDay,
    arrivalPoint,
    withdrawalDigest: bytes.slice(17, 49),
    binding: bytes.slice(49),
  };
}

/** To what a part is bound [SEALING-4]. */
const contextOf = (header, role) => joined(utf8(`dp3t declaration 1\0${role}\0`), header);

/** @returns {Uint8Array} the content of a role's part [DECLARATION-1] */
export function encodePart(form, values, role) {
  return encodeJson({ form: form.version, role, values: partValues(form, values, role) });
}

/**
 * Seal answers that have no problem for border and province.
 * @param {object} form @param {object} values @param {import("./recipients.js").RecipientKeys} keys
 * @param {number} now Unix seconds
 * @returns {Promise<{envelope: Uint8Array, id: Uint8Array, secret: Uint8Array, header: Header}>}
 */
export async function sealDeclaration(form, values, keys, now) {
  require(check(form, values, now).length === 0, "answers", "policy");
  requireCurrent(keys, now);
  const province = keys.provinces.get(values.province);
  require(province, "no-province-key", "policy");
  const secret = draw(32), entryDay = dayOf(values.arrival.slice(0, 10));
  const header = {
    keysNumber: keys.number,
    expiryDay: entryDay + KEPT_DAYS,
    entryDay,
    arrivalPoint: values.arrival_point,
    withdrawalDigest: await sha256(secret),
    binding: await bind(declaredDocument(values)),
  };
  const head = encodeHeader(header);
  const sealed = (role, key) =>
    seal(key, pad(encodePart(form, values, role), CONTENT_BYTES[role]), contextOf(head, role));
  const envelope = joined(head, await sealed("border", keys.border), await sealed("province", province));
  return { envelope, id: await sha256(envelope), secret, header };
}

/** What a receipt is bound to; what is not known of a birth is `<<` [DECLARATION-9]. */
export function declaredDocument(values) {
  const [year, month, day] = values.birth_date.split("-");
  const known = [year === "0000" ? "00" : year.slice(2), month, day];
  const unknown = [year === "0000", month === "00", day === "00"];
  return typedDocument({
    number: values.document_number,
    birth: known.map((part, at) => (unknown[at] ? "<<" : part)).join(""),
    expiry: values.document_expiry ?? "",
  });
}

/**
 * What a recipient reads of an envelope [SEALING-4] [DECLARATION-2].
 * @returns {Promise<{header: Header, values: object, problems: import("./form.js").Problem[]}>}
 */
export async function openDeclaration(envelope, mine, role, form) {
  require(envelope.length === ENVELOPE_BYTES, "another length");
  const head = envelope.subarray(0, HEADER_BYTES), header = decodeHeader(head);
  const part = role === "border" ? envelope.slice(HEADER_BYTES, BEHIND_BORDER) : envelope.slice(BEHIND_BORDER);
  const content = unpad(await open(mine, part, contextOf(head, role)));
  return { header, ...decodePart(content, header, role, form) };
}

/** What an opened part says, and what is wrong with it [DECLARATION-3] [DECLARATION-4]. */
export function decodePart(content, header, role, form) {
  const said = decodeJson(content);
  requireFields(said, ["form", "role", "values"]);
  require(said.form === form.version, "another form");
  require(said.role === role, "for another recipient");
  require(isMap(said.values), "the answers are no map");
  const morningAfter = (header.entryDay + 1) * 86_400 - 60 * form.utc_offset_minutes;
  const problems = check(forRole(form, role), said.values, morningAfter);
  return { values: said.values, problems: [...problems, ...contradictions(said.values, header)] };
}

function contradictions({ arrival_point, arrival }, header) {
  const day = typeof arrival === "string" ? arrival.slice(0, 10) : undefined;
  const wrong = [];
  if (arrival_point !== header.arrivalPoint) wrong.push("arrival_point");
  if (day !== isoDay(header.entryDay)) wrong.push("arrival");
  return wrong.map((path) => ({ path, code: "header", limit: "" }));
}
