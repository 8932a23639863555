/**
 * Sealing to a public key and a context: HPKE of RFC 9180 in base mode, DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256, AES-256-GCM [HPKE-1], put together from the browser's own cryptography.
 */

import { Fault, bigEndian, hmac, joined, require, utf8 } from "./bytes.js";

const KEM = joined(utf8("KEM"), bigEndian(0x0020, 2));
const SUITE = joined(utf8("HPKE"), bigEndian(0x0020, 2), bigEndian(0x0001, 2), bigEndian(0x0002, 2));
const NONE = new Uint8Array(0);
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
export const OVERHEAD_BYTES = 48;

/**
 * @typedef {object} PrivateKey
 * @property {CryptoKey} key
 * @property {Uint8Array} publicBytes
 */

/** @param {Uint8Array} bytes 32 of them @returns {Promise<PrivateKey>} */
export async function privateKey(bytes) {
  require(bytes.length === 32, "a private key has 32 bytes");
  const held = joined(PKCS8, bytes);
  const key = await crypto.subtle.importKey("pkcs8", held, "X25519", true, ["deriveBits"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const text = atob(x.replaceAll("-", "+").replaceAll("_", "/"));
  return { key, publicBytes: Uint8Array.from(text, (letter) => letter.charCodeAt(0)) };
}

/** A new key of the system's randomness [HPKE-4]. @returns {Promise<PrivateKey>} */
async function freshKey() {
  const pair = await crypto.subtle.generateKey("X25519", true, ["deriveBits"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { key: pair.privateKey, publicBytes: new Uint8Array(raw) };
}

/** Throw unless a public key is one with which a secret can be shared. */
export async function requirePublicKey(publicBytes) {
  await shared(await freshKey(), publicBytes).catch(() => {
    throw new Fault("malformed", "a public key of small order");
  });
}

/**
 * Seal a content: 32 bytes of `enc`, the ciphertext and 16 bytes of tag.
 * @param {Uint8Array} recipient public key
 * @param {Uint8Array} content
 * @param {Uint8Array} context begins with `dp3t …` and a zero byte [HPKE-2]
 */
export async function seal(recipient, content, context) {
  return sealWith(await freshKey(), recipient, content, context);
}

/** Seal with a chosen ephemeral key: for test vectors, and for nothing else [HPKE-4]. */
export async function sealWith(ephemeral, recipient, content, context) {
  const enc = ephemeral.publicBytes;
  const { key, nonce } = await schedule(await shared(ephemeral, recipient), enc, recipient, context);
  const using = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, using, content);
  return joined(enc, new Uint8Array(sealed));
}

/** The content of what was sealed to a key under a context; one Fault for all that fails [HPKE-3]. */
export async function open(mine, sealed, context) {
  try {
    const enc = sealed.slice(0, 32);
    const { key, nonce } = await schedule(await shared(mine, enc), enc, mine.publicBytes, context);
    const using = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    const content = sealed.subarray(32);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, using, content));
  } catch {
    throw new Fault("unauthentic", "does not open");
  }
}

/** What two keys share; some browsers let a secret of zeros through. */
async function shared(mine, theirs) {
  const key = await crypto.subtle.importKey("raw", theirs, "X25519", false, []);
  const secret = await crypto.subtle.deriveBits({ name: "X25519", public: key }, mine.key, 256);
  require(new Uint8Array(secret).some((byte) => byte !== 0), "a shared secret of zeros");
  return new Uint8Array(secret);
}

async function schedule(secret, enc, recipient, context) {
  const begun = await extract(KEM, NONE, "eae_prk", secret);
  const agreed = await expand(KEM, begun, "shared_secret", joined(enc, recipient), 32);
  const about = joined(
    [0],
    await extract(SUITE, NONE, "psk_id_hash", NONE),
    await extract(SUITE, NONE, "info_hash", context),
  );
  const source = await extract(SUITE, agreed, "secret", NONE);
  const key = await expand(SUITE, source, "key", about, 32);
  return { key, nonce: await expand(SUITE, source, "base_nonce", about, 12) };
}

const extract = (suite, salt, label, material) =>
  hmac(salt, joined(utf8("HPKE-v1"), suite, utf8(label), material));

/** LabeledExpand of RFC 9180 for at most 32 bytes: one block of HKDF. */
async function expand(suite, key, label, info, length) {
  const asked = joined(bigEndian(length, 2), utf8("HPKE-v1"), suite, utf8(label), info, [1]);
  return (await hmac(key, asked)).subarray(0, length);
}
