/** Marks: that a receipt was used, in 62 bytes that only gates can read [GATE-2]. */

import { bigEndian, equal, hmac, joined, numberOf, require, utf8 } from "./bytes.js";

export const MARK_BYTES = 62;
const MINUTE = 60;

/**
 * @typedef {object} Mark
 * @property {number} expiryDay
 * @property {Uint8Array} tag
 * @property {number} moment Unix seconds, a whole minute
 * @property {string} gate
 * @property {Uint8Array} draw 8 bytes
 */

/** The three keys of the secret that gates share [GATE-1]. */
export async function gateKeys(secret) {
  require(secret.length === 32, "the secret of gates has 32 bytes");
  const [tag, check, hide] = await Promise.all(
    ["tag", "check", "hide"].map((use) => hmac(secret, utf8(`dp3t gate 1 ${use}`))),
  );
  return { tag, check, hide: await crypto.subtle.importKey("raw", hide, "AES-CTR", false, ["encrypt"]) };
}

/** By which 16 bytes gates know a receipt. */
export const tagOf = async (keys, receiptId) => (await hmac(keys.tag, receiptId)).slice(0, 16);

/** Whether a gate can have this name. */
export const isGateName = (name) => /^[A-Z0-9-]{1,16}$/.test(name);

/** The tag of a sealed mark, which stands in the open. */
export const tagIn = (sealed) => sealed.subarray(2, 18);

/** The first UTC day on which a sealed mark is no longer kept. */
export const expiryDayIn = (sealed) => numberOf(sealed.subarray(0, 2));

/** @param {Mark} mark @returns {Promise<Uint8Array>} 62 bytes */
export async function sealMark(mark, keys) {
  const head = joined(bigEndian(mark.expiryDay, 2), mark.tag);
  const name = joined(utf8(mark.gate), new Uint8Array(16 - mark.gate.length));
  const content = joined(bigEndian(mark.moment, 4), mark.draw, name);
  const check = await checkOf(keys, head, content);
  return joined(head, check, await hidden(keys, check, content));
}

/** What 62 bytes say; a Fault where no gate with this secret wrote them [GATE-6]. */
export async function openMark(sealed, keys) {
  require(sealed.length === MARK_BYTES, "a mark has 62 bytes");
  const head = sealed.subarray(0, 18), check = sealed.slice(18, 34);
  const content = await hidden(keys, check, sealed.subarray(34));
  require(equal(await checkOf(keys, head, content), check), "of other gates", "unauthentic");
  const gate = String.fromCharCode(...content.subarray(12)).replace(/\0+$/, "");
  const moment = numberOf(content.subarray(0, 4));
  require(isGateName(gate) && moment % MINUTE === 0, "no gate writes this");
  return { expiryDay: expiryDayIn(sealed), tag: tagIn(sealed), moment, gate, draw: content.slice(4, 12) };
}

const checkOf = async (keys, head, content) => (await hmac(keys.check, joined(head, content))).slice(0, 16);

/** Encrypt or decrypt: AES-256 in counter mode, from the check on. */
async function hidden(keys, counter, content) {
  const how = { name: "AES-CTR", counter, length: 128 };
  return new Uint8Array(await crypto.subtle.encrypt(how, keys.hide, content));
}
