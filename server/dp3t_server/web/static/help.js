/** Requests for help: what a station's keys open of them [HELP-7] [HELP-8] [HELP-9]. */

import { Fault, joined, numberOf, require, unpad, utf8 } from "./bytes.js";
import { decodeJson, isMap, requireFields, requireInteger } from "./canonical.js";
import { open } from "./hpke.js";

export const HELP_BYTES = 4_096;
const HEADER_BYTES = 9, LAST_DAY = 49_710, HELP_DAYS = 7, LAST = 2 ** 32 - 1;
const CONTEXT = utf8("dp3t help 1\0");
const FIELDS = ["age_band", "asked", "callback", "commune", "language", "message", "outcome", "version", "who"];
const OUTCOMES = ["none", "stay", "test", "call", "emergency"];
const AGES = ["unknown", "0", "1-4", "5-11", "12-17", "18-49", "50-64", "65+"];
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/**
 * The request in 4,096 bytes; a Fault that is `unauthentic` where no key opens it.
 * @param {Uint8Array} sealed
 * @param {import("./hpke.js").PrivateKey[]} keys of the station
 */
export async function openHelp(sealed, keys) {
  require(sealed.length === HELP_BYTES && sealed[0] === 1, "no request of version 1");
  const header = sealed.slice(0, HEADER_BYTES);
  const number = numberOf(header.subarray(1, 5)), expires = numberOf(header.subarray(5));
  require(number > 0 && expires <= LAST_DAY + HELP_DAYS, "an impossible header");
  for (const key of keys) {
    let content;
    try {
      content = await open(key, sealed.slice(HEADER_BYTES), joined(CONTEXT, header));
    } catch {
      continue;
    }
    return { number, expires, said: requestIn(unpad(content)) };
  }
  throw new Fault("unauthentic", "no key opens it");
}

function requestIn(bytes) {
  const said = decodeJson(bytes);
  requireFields(said, FIELDS);
  require(said.version === 1, "another version");
  require(typeof said.commune === "string" && /^[0-9]{5}$/.test(said.commune), "no commune");
  requireText(said.who, 120);
  if (said.message !== "") requireText(said.message, 1_200, { lines: true });
  require(OUTCOMES.includes(said.outcome) && AGES.includes(said.age_band), "no word of ours");
  require(["vi", "en"].includes(said.language), "no language of ours");
  requireInteger(said.asked, 0, LAST);
  requireCallback(said.callback);
  return said;
}

function requireCallback(callback) {
  require(isMap(callback), "no way to reach the person");
  if (callback.kind === "code") {
    requireFields(callback, ["code", "kind"]);
    require(/^[0-9]{8}$/.test(callback.code), "no code");
    return;
  }
  require(callback.kind === "call" || callback.kind === "visit", "no way of ours");
  requireInteger(callback.from_hour, 0, 23);
  requireInteger(callback.until_hour, callback.from_hour + 1, 24);
  if (callback.kind === "call") {
    requireFields(callback, ["from_hour", "kind", "telephone", "until_hour"]);
    require(/^\+?[0-9]{3,15}$/.test(callback.telephone), "no telephone");
  } else {
    requireFields(callback, ["address", "day", "from_hour", "kind", "until_hour"]);
    requireInteger(callback.day, 0, LAST_DAY);
    requireText(callback.address, 300);
  }
}

/** Throw unless a text has so many bytes at most, and only characters that show. */
function requireText(text, longest, { lines = false } = {}) {
  require(typeof text === "string" && text.trim() !== "" && utf8(text).length <= longest, "no such text");
  require(!HIDDEN.test(lines ? text.replaceAll("\n", "") : text), "a character that nobody sees");
}
