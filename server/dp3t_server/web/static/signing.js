/** Signed files: 8 bytes of key id, 64 of an Ed25519 signature, the payload [SIGNING-2]. */

import { Fault, joined, require, sha256, toHex, utf8 } from "./bytes.js";

const HEADER_BYTES = 72;

/**
 * @typedef {object} VerificationKey
 * @property {Uint8Array} public 32 bytes
 * @property {number} valid_from
 * @property {number} valid_until
 */

/**
 * Return the payload of a signed file and the key that signed it [SIGNING-3].
 * @param {Uint8Array} file
 * @param {VerificationKey[]} trusted
 * @param {string} context names the kind of file
 */
export async function openSigned(file, trusted, context) {
  require(file.length >= HEADER_BYTES, "no signed file");
  const id = file.subarray(0, 8);
  const key = await keyOf(id, trusted);
  if (key === undefined) throw new Fault("unauthentic", "unknown-key");
  const payload = file.subarray(HEADER_BYTES);
  const message = joined([context.length], utf8(context), id, payload);
  const using = await crypto.subtle.importKey("raw", key.public, "Ed25519", false, ["verify"]);
  const genuine = await crypto.subtle.verify("Ed25519", using, file.subarray(8, HEADER_BYTES), message);
  require(genuine, "altered", "unauthentic");
  return { payload, key };
}

/** Throw unless a key may speak for a moment [SIGNING-4]. */
export function requireValidAt(key, moment) {
  require(key.valid_from <= moment && moment < key.valid_until, "rotated-out", "unauthentic");
}

async function keyOf(id, trusted) {
  const ids = await Promise.all(trusted.map((key) => sha256(key.public)));
  return trusted[ids.findLastIndex((digest) => toHex(digest.subarray(0, 8)) === toHex(id))];
}
