/** Canonical msgpack: integers up to 53 bits, booleans, bytes, text, lists and maps [CODEC-1] [CODEC-2]. */

import { Fault, bigEndian, equal, joined, require, textOf, utf8 } from "./bytes.js";

const MAX_DEPTH = 8;

/** @returns {Uint8Array} the one encoding of a value */
export function encodeMsgpack(value, depth = MAX_DEPTH) {
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xc3 : 0xc2);
  if (typeof value === "number") return integer(value);
  if (value instanceof Uint8Array) return joined(sized(value.length, [undefined, 0xc4, 0xc5, 0xc6]), value);
  if (typeof value === "string") {
    require(value.isWellFormed(), "no Unicode");
    const bytes = utf8(value);
    const short = bytes.length < 32 ? 0xa0 | bytes.length : undefined;
    return joined(sized(bytes.length, [short, 0xd9, 0xda, 0xdb]), bytes);
  }
  require(depth > 0 && typeof value === "object" && value !== null, "has no canonical form");
  if (Array.isArray(value)) {
    const head = sized(value.length, [value.length < 16 ? 0x90 | value.length : undefined, undefined, 0xdc, 0xdd]);
    return joined(head, ...value.map((each) => encodeMsgpack(each, depth - 1)));
  }
  const names = Object.keys(value).sort(byBytes);
  const head = sized(names.length, [names.length < 16 ? 0x80 | names.length : undefined, undefined, 0xde, 0xdf]);
  return joined(head, ...names.flatMap((name) => [encodeMsgpack(name), encodeMsgpack(value[name], depth - 1)]));
}

/** The value whose one encoding some bytes are; maps become objects without a prototype. */
export function decodeMsgpack(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(MAX_DEPTH);
  require(reader.at === bytes.length && equal(encodeMsgpack(value), bytes), "not canonical");
  return value;
}

/** The head of something so long: the short form where there is one, or the shortest of three. */
function sized(length, [short, one, two, four]) {
  if (short !== undefined) return Uint8Array.of(short);
  if (one !== undefined && length < 2 ** 8) return Uint8Array.of(one, length);
  if (length < 2 ** 16) return joined([two], bigEndian(length, 2));
  return joined([four], bigEndian(length, 4));
}

function integer(value) {
  require(Number.isSafeInteger(value) && !Object.is(value, -0), "no integer of 53 bits");
  if (-32 <= value && value < 128) return Uint8Array.of(value & 0xff);
  const [first, low, high] = value < 0 ? [0xd0, 2, 1] : [0xcc, 1, 1];
  const width = [1, 2, 4].findIndex((bytes) => (value < 0 ? value >= -(2 ** (8 * bytes - 1)) : value < 2 ** (8 * bytes)));
  const [at, length] = width < 0 ? [3, 8] : [width, 2 ** width];
  return joined([first + at], low === high ? bigEndian(value, length) : twosComplement(value, length));
}

function twosComplement(value, length) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value));
  return new Uint8Array(view.buffer).subarray(8 - length);
}

/** The order of texts by their bytes in UTF-8. */
function byBytes(one, other) {
  const [left, right] = [utf8(one), utf8(other)];
  const at = left.findIndex((byte, place) => byte !== right[place]);
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -1);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(length) {
    require(this.at + length <= this.bytes.length, "truncated");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  number(length) {
    const view = new DataView(joined(new Uint8Array(8 - length), this.take(length)).buffer);
    const value = Number(view.getBigUint64(0));
    require(Number.isSafeInteger(value), "no integer of 53 bits");
    return value;
  }

  negative(length) {
    const bytes = this.take(length);
    const filled = joined(new Uint8Array(8 - length).fill(bytes[0] & 0x80 ? 0xff : 0), bytes);
    const value = Number(new DataView(filled.buffer).getBigInt64(0));
    require(Number.isSafeInteger(value), "no integer of 53 bits");
    return value;
  }

  value(depth) {
    const [head] = this.take(1);
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 256;
    if (head < 0x90) return this.map(head & 15, depth);
    if (head < 0xa0) return this.list(head & 15, depth);
    if (head < 0xc0) return textOf(this.take(head & 31));
    if (head === 0xc2 || head === 0xc3) return head === 0xc3;
    if (0xc4 <= head && head <= 0xc6) return this.take(this.number(2 ** (head - 0xc4)));
    if (0xcc <= head && head <= 0xcf) return this.number(2 ** (head - 0xcc));
    if (0xd0 <= head && head <= 0xd3) return this.negative(2 ** (head - 0xd0));
    if (0xd9 <= head && head <= 0xdb) return textOf(this.take(this.number(2 ** (head - 0xd9))));
    if (head === 0xdc || head === 0xdd) return this.list(this.number(head === 0xdc ? 2 : 4), depth);
    if (head === 0xde || head === 0xdf) return this.map(this.number(head === 0xde ? 2 : 4), depth);
    throw new Fault("malformed", "no such type");
  }

  list(length, depth) {
    require(depth > 0 && length <= this.bytes.length - this.at, "nested too deeply, or truncated");
    return Array.from({ length }, () => this.value(depth - 1));
  }

  map(length, depth) {
    require(depth > 0 && length <= this.bytes.length - this.at, "nested too deeply, or truncated");
    const found = Object.create(null);
    for (let left = length; left; left--) {
      const name = this.value(0);
      require(typeof name === "string", "a key that is no text");
      found[name] = this.value(depth - 1);
    }
    return found;
  }
}
