// Tries to decrypt with mcl-wasm, as the reference library does; told what and how often on stdin.
// The first line is a case of hexadecimal strings, every other how many tries to time.
"use strict";
const { createInterface } = require("node:readline");
const mcl = require("mcl-wasm");
const sodium = require("libsodium-wrappers-sumo");

const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));

function opened(text) {
  const data = bytes(text);
  const c1 = new mcl.G2();
  c1.deserialize(data.slice(0, 96));
  return { c1, c2: data.slice(96, 128), nonce: data.slice(128, 152), c3: data.slice(152) };
}

function tried(key, { c1, c2, nonce, c3 }) {
  const mask = sodium.crypto_hash_sha256(mcl.pairing(key, c1).serialize());
  const pad = c2.map((byte, at) => byte ^ mask[at]);
  try {
    return sodium.crypto_secretbox_open_easy(c3, nonce, sodium.crypto_hash_sha256(pad));
  } catch {
    return null;
  }
}

function answer(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

async function main() {
  await sodium.ready;
  await mcl.init(mcl.BLS12_381);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const asked = JSON.parse((await lines.next()).value);
  const key = new mcl.G1();
  key.deserialize(bytes(asked.key));
  const fits = tried(key, opened(asked.fits));
  const others = asked.others.map(opened);
  answer({ message: fits && Buffer.from(fits).toString("hex") });
  for await (const line of lines) {
    let found = 0;
    const began = process.hrtime.bigint();
    for (let at = 0; at < Number(line); at += 1) {
      found += tried(key, others[at % others.length]) === null ? 0 : 1;
    }
    answer({ seconds: Number(process.hrtime.bigint() - began) / 1e9, found });
  }
}

main();
