/** Canonical JSON: one encoding for a value [CANONICAL-JSON-1]. */

import { Fault, require, textOf, utf8 } from "./bytes.js";

const MAX_DEPTH = 16;

/** @returns {Uint8Array} the one encoding of a value */
export function encodeJson(value) {
  return utf8(written(value, MAX_DEPTH));
}

/** The value whose one encoding some bytes are [CANONICAL-JSON-2]. */
export function decodeJson(bytes) {
  const text = textOf(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault("malformed", "not JSON");
  }
  require(written(value, MAX_DEPTH) === text, "not canonical JSON");
  return value;
}

/** Throw unless a value is an object with exactly these fields. */
export function requireFields(value, names) {
  const found = isMap(value) ? Object.keys(value).sort() : undefined;
  require(JSON.stringify(found) === JSON.stringify([...names].sort()), "other fields");
}

/** Throw unless a value is an integer from `least` to `most`. */
export function requireInteger(value, least, most) {
  require(Number.isSafeInteger(value) && least <= value && value <= most, "no such number");
}

/** Whether a value is what JSON calls an object. */
export const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The text of a value; `JSON.stringify` would put keys like "46" before all others. */
function written(value, depth) {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    require(Number.isSafeInteger(value) && !Object.is(value, -0), "no integer of 53 bits");
    return String(value);
  }
  if (typeof value === "string") {
    require(value.isWellFormed() && value.normalize("NFC") === value, "not in form C");
    return JSON.stringify(value);
  }
  require(depth > 0 && typeof value === "object" && value !== null, "has no canonical form");
  if (Array.isArray(value)) return `[${value.map((each) => written(each, depth - 1)).join(",")}]`;
  const names = Object.keys(value).sort();
  require(names.every((name) => /^[\x00-\x7f]*$/.test(name)), "a key beyond ASCII");
  return `{${names.map((name) => `${JSON.stringify(name)}:${written(value[name], depth - 1)}`).join(",")}}`;
}
