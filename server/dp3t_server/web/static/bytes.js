/** Bytes: joined, compared, and written as text. */

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What is wrong with what somebody else made; `kind` is a word of the vectors' results. */
export class Fault extends Error {
  /**
   * @param {"malformed"|"limit"|"unauthentic"|"policy"} kind
   * @param {string} what a name for it, without anything of the content
   */
  constructor(kind, what) {
    super(what);
    this.kind = kind;
    this.what = what;
  }
}

/** Throw unless something is as it must be. */
export function require(holds, what, kind = "malformed") {
  if (!holds) throw new Fault(kind, what);
}

/** @param {...(Uint8Array|number[])} parts @returns {Uint8Array} */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {string} text @returns {Uint8Array} UTF-8 */
export const utf8 = (text) => new TextEncoder().encode(text);

/** Text of UTF-8 bytes; a byte order mark is a character like any other. */
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Fault("malformed", "not UTF-8");
  }
}

/** A number in so many bytes, the largest first. */
export function bigEndian(number, length) {
  return Uint8Array.from({ length }, (_, at) => Math.floor(number / 256 ** (length - 1 - at)) % 256);
}

/** The number that bytes are, the largest first. */
export const numberOf = (bytes) => bytes.reduce((number, byte) => number * 256 + byte, 0);

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The bytes of hexadecimal digits, small or capital; of a length where one is given. */
export function fromHex(text, length = undefined) {
  require(/^([0-9a-fA-F]{2})*$/.test(text), "not hexadecimal");
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  require(length === undefined || bytes.length === length, "another length");
  return bytes;
}

/** Base32 of RFC 4648 without padding. */
export function toBase32(bytes) {
  let bits = 0, held = 0, text = "";
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
  }
  return bits ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

/** The bytes that `toBase32` was given, of a known length; other spellings are refused. */
export function fromBase32(text, length) {
  require(text.length === Math.ceil((length * 8) / 5), "another length");
  const bytes = new Uint8Array(length);
  let bits = 0, held = 0, at = 0;
  for (const letter of text) {
    const value = BASE32.indexOf(letter);
    require(value >= 0, "not base32");
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  require(toBase32(bytes) === text, "not base32 in its one form");
  return bytes;
}

/** @param {string} text base64 @returns {Uint8Array} */
export function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Fault("malformed", "not base64");
  }
}

/** Whether two byte strings are equal, in a time that tells nothing of where they differ. */
export function equal(one, other) {
  if (one.length !== other.length) return false;
  return one.reduce((difference, byte, at) => difference | (byte ^ other[at]), 0) === 0;
}

/** Bytes, 0x80 and zeros, so many in all [CODEC-4]. */
export function pad(bytes, length) {
  require(bytes.length < length, "too long", "limit");
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  return padded;
}

/** What `pad` was given [CODEC-4]. */
export function unpad(padded) {
  const mark = padded.findLastIndex((byte) => byte !== 0);
  require(padded[mark] === 0x80, "the padding is damaged");
  return padded.subarray(0, mark);
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** HMAC-SHA256; an empty key is one of zeros, as HMAC fills keys up. */
export async function hmac(key, bytes) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const held = key.length ? key : new Uint8Array(32);
  const imported = await crypto.subtle.importKey("raw", held, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes));
}

/** @returns {Uint8Array} so many random bytes */
export const draw = (length) => crypto.getRandomValues(new Uint8Array(length));
