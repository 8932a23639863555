/** What the server says of facilities, read strictly: the signed map, changes, settings. */

import { Fault, fromHex, require, textOf } from "./bytes.js";
import { isMap } from "./canonical.js";
import { openSigned } from "./signing.js";
import { STATES } from "./facility_states.js";

const CONTEXT = "facility map 1";
const MOST_LATITUDE = 90_000_000;
const MOST_LONGITUDE = 180_000_000;

/** Keys, given as hexadecimal digits, that are good at any time. */
export const keysOf = (digits) =>
  digits.map((each) => ({ public: fromHex(each, 32), valid_from: 0, valid_until: Number.MAX_SAFE_INTEGER }));

/**
 * The map in a signed file [MAP-PAGE-1].
 * @param {Uint8Array} file
 * @param {object[]} trusted the server's keys
 * @param {string} region whose map it must be; "" for any
 */
export async function openMap(file, trusted, region) {
  const { payload } = await openSigned(file, trusted, CONTEXT);
  const map = fromJson(payload);
  require(isMap(map) && Array.isArray(map.facilities), "no map");
  require(!region || map.region === region, "other-region", "unauthentic");
  for (const name of ["acts", "day", "made"]) require(Number.isSafeInteger(map[name]), "no map");
  return { ...map, facilities: map.facilities.map(rowOf) };
}

/** What a message of live changes says. */
export function readChanges(text) {
  const value = fromJson(new TextEncoder().encode(text));
  require(isMap(value) && Array.isArray(value.changed) && [value.acts, value.now].every(Number.isSafeInteger), "no changes");
  return { ...value, changed: value.changed.map(rowOf) };
}

/** JSON of the server. */
export function fromJson(bytes) {
  try {
    return JSON.parse(textOf(bytes));
  } catch (fault) {
    throw fault instanceof Fault ? fault : new Fault("malformed", "not JSON");
  }
}

/** One facility's row; a state that this page does not know is a fault, not a colour. */
export function rowOf(row) {
  require(isMap(row), "no row");
  for (const name of ["facility", "facility_kind", "name", "address", "commune"]) require(typeof row[name] === "string", "no row");
  require(STATES.includes(row.state), "unknown state");
  requireWithin(row.latitude, MOST_LATITUDE);
  requireWithin(row.longitude, MOST_LONGITUDE);
  require(Number.isSafeInteger(row.objections) && row.objections >= 0 && typeof row.late === "boolean", "no row");
  return row;
}

function requireWithin(value, most) {
  require(Number.isSafeInteger(value) && Math.abs(value) <= most, "no place");
}
