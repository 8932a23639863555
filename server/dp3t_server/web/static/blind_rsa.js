/**
 * Blind RSA signatures: RSABSSA-SHA384-PSS of RFC 9474, for moduli whose first bit is set.
 *
 * The browser's own cryptography verifies; it offers no blind operations, so the few lines of
 * arithmetic are here. Numbers of this language do not compute in constant time: what they tell of
 * is one random factor, and only to who measures this device.
 */

import { Fault, bigEndian, draw, joined, require } from "./bytes.js";

export const MODULUS_BYTES = 256;
const SALT_BYTES = 48;
const DIGEST_BYTES = 48;
const EXPONENT = 65_537n;

/**
 * A message as who signs it sees it, and what its owner keeps (RFC 9474, 4.2).
 * @param {Uint8Array} modulus
 * @param {Uint8Array} message which is signed as it is: 32 random bytes stand before it where that is wanted
 * @param {{salt?: Uint8Array, factor?: bigint}} chosen for test vectors only
 * @returns {Promise<{blinded: Uint8Array, inverse: Uint8Array}>}
 */
export async function blind(modulus, message, { salt = draw(SALT_BYTES), factor } = {}) {
  requireModulus(modulus);
  const n = toNumber(modulus);
  const encoded = toNumber(await encode(message, salt, modulus.length));
  require(inverseOf(encoded, n) !== undefined, "no product of two large primes");
  const r = factor ?? drawUnit(n, modulus.length);
  const blinded = (encoded * power(r, EXPONENT, n)) % n;
  return { blinded: toBytes(blinded, modulus.length), inverse: toBytes(inverseOf(r, n), modulus.length) };
}

/** The signature of a message from the answer to its blinding (RFC 9474, 4.4). */
export async function finalize(modulus, message, blindSignature, inverse) {
  require(blindSignature.length === modulus.length, "another length");
  const n = toNumber(modulus);
  const signature = toBytes((toNumber(blindSignature) * toNumber(inverse)) % n, modulus.length);
  if (!(await verifies(modulus, message, signature))) throw new Fault("unauthentic", "altered");
  return signature;
}

/** Whether a signature verifies as RSA-PSS: SHA-384, MGF1 with it, 48 bytes of salt. */
export async function verifies(modulus, message, signature) {
  requireModulus(modulus);
  const key = { kty: "RSA", alg: "PS384", e: "AQAB", n: base64url(modulus) };
  const using = await crypto.subtle.importKey("jwk", key, { name: "RSA-PSS", hash: "SHA-384" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "RSA-PSS", saltLength: SALT_BYTES }, using, signature, message);
}

/** Throw unless a modulus has 2,048 to 4,096 bits, the first of them set, and is odd. */
export function requireModulus(modulus) {
  const fits = 256 <= modulus.length && modulus.length <= 512 && modulus[0] >= 0x80;
  require(fits && modulus.at(-1) % 2 === 1, "no modulus");
}

/** EMSA-PSS of a message (RFC 8017, 9.1.1). */
async function encode(message, salt, length) {
  const hashed = await sha384(joined(new Uint8Array(8), await sha384(message), salt));
  const data = joined(new Uint8Array(length - DIGEST_BYTES - salt.length - 2), [1], salt);
  const mask = await mgf1(hashed, data.length);
  const masked = data.map((byte, at) => byte ^ mask[at]);
  masked[0] &= 0x7f;
  return joined(masked, hashed, [0xbc]);
}

async function mgf1(seed, length) {
  const parts = [];
  for (let at = 0; at * DIGEST_BYTES < length; at++) parts.push(await sha384(joined(seed, bigEndian(at, 4))));
  return joined(...parts).subarray(0, length);
}

const sha384 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));

/** A number below the modulus that has an inverse, each as likely. */
function drawUnit(n, length) {
  for (;;) {
    const drawn = toNumber(draw(length));
    if (0n < drawn && drawn < n && inverseOf(drawn, n) !== undefined) return drawn;
  }
}

function power(base, exponent, n) {
  let [result, square] = [1n, base % n];
  for (let left = exponent; left; left >>= 1n) {
    if (left & 1n) result = (result * square) % n;
    square = (square * square) % n;
  }
  return result;
}

/** The inverse modulo n; undefined where there is none. */
function inverseOf(number, n) {
  let [one, other, first, second] = [n, number % n, 0n, 1n];
  while (other) {
    const quotient = one / other;
    [one, other] = [other, one - quotient * other];
    [first, second] = [second, first - quotient * second];
  }
  return one === 1n ? ((first % n) + n) % n : undefined;
}

/** The number that bytes are, the largest first. */
export const toNumber = (bytes) => BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") || "0"}`);

function toBytes(number, length) {
  const digits = number.toString(16).padStart(2 * length, "0");
  return Uint8Array.from({ length }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
