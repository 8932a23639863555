/** A facility's part of the public record: each act opened, and what does not verify named as such. */

import { Fault, fromBase64, fromHex, joined, require, sha256, toHex, utf8 } from "./bytes.js";
import { decodeJson, encodeJson, isMap } from "./canonical.js";
import { openSigned } from "./signing.js";

const HEADER_BYTES = 72;
const OF_AUTHORITY = ["enrolment", "closure", "opening", "resolution", "strike", "settings", "checklist"];
const OF_FACILITY = ["attestation", "answer", "rekey"];
/** Acts that say under which key those after them verify. */
const KEYED = ["enrolment", "rekey"];
const TOKEN_BYTES = 341;
const NONCE_AT = 21;
const NONCE_BYTES = 32;

/**
 * @typedef {object} Line
 * @property {number} number in the record
 * @property {number} received
 * @property {object|undefined} act what was signed; undefined where it cannot be read
 * @property {string} digest hexadecimal
 * @property {""|"unreadable"|"unauthentic"|"chain"} fault what is wrong with it
 * @property {string} words "" where there are none, or none that the act commits to
 * @property {""|"struck"|"missing"|"altered"} withoutWords why there are none, though there should be
 */

/**
 * Open the lines of one facility's record, in its order [MAP-PAGE-17].
 * @param {object[]} listed as the server lists them
 * @param {{facility: string, region: string, authorities: object[], end: {number: number, previous: string}, since: number}} expected
 *   since: from when on every act is listed; of those before some are left out
 * @returns {Promise<{lines: Line[], whole: boolean}>} whole: no act of the facility since then is left out
 */
export async function openRecord(listed, { facility, region, authorities, end, since }) {
  const chain = new Chain(since);
  let keys = [];
  const lines = [];
  const ordered = [...listed].sort((one, other) => one.number - other.number);
  for (const each of ordered) {
    const line = await opened(each, { facility, region, authorities, keys });
    if (!line.fault && OF_FACILITY.includes(line.act.kind) && !chain.follows(line)) line.fault = "chain";
    if (!line.fault && KEYED.includes(line.act.kind)) keys = [pinned(fromHex(line.act.public, 32))];
    lines.push(line);
  }
  const struck = new Set(lines.filter(({ act, fault }) => !fault && act.kind === "strike").map(({ act }) => act.act));
  await Promise.all(lines.map(async (line, at) => Object.assign(line, await wordsOf(ordered[at].words, line, struck))));
  return { lines, whole: chain.endsAt(end) };
}

/** The acts of a facility one after another; before `since` some may be left out. */
class Chain {
  last = undefined;
  unbroken = true;

  constructor(since) {
    this.since = since;
  }

  follows({ act, digest, received }) {
    const follows = this.leadsTo(act);
    if (!follows) this.unbroken = false;
    this.last = { number: act.number, digest, received };
    return follows;
  }

  endsAt(end) {
    return this.unbroken && (this.last === undefined || this.leadsTo(end));
  }

  leadsTo({ number, previous }) {
    const { last } = this;
    if (last === undefined || (last.received < this.since && number > last.number + 1)) return true;
    return number === last.number + 1 && previous === last.digest;
  }
}

const pinned = (key) => ({ public: key, valid_from: 0, valid_until: Number.MAX_SAFE_INTEGER });

/** One line, with what is wrong with it. */
async function opened(each, { facility, region, authorities, keys }) {
  const line = { number: each.number, received: each.received, act: undefined, digest: "", fault: "unreadable" };
  try {
    const signed = fromBase64(each.act);
    line.digest = toHex(await sha256(signed));
    line.act = decodeJson(signed.subarray(HEADER_BYTES));
    require(isMap(line.act) && typeof line.act.kind === "string", "no act");
    line.fault = "unauthentic";
    require(line.act.region === region, "other-region");
    require([undefined, facility].includes(line.act.facility), "other-facility");
    const { trusted, context } = signerOf(line.act, { authorities, keys });
    await openSigned(signed, trusted, context);
    line.fault = "";
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
  }
  return line;
}

/** Whose signature an act must have, and for what. */
function signerOf(act, { authorities, keys }) {
  if (act.kind === "objection") return { trusted: [pinned(nonceOf(act))], context: "objection 1" };
  if (OF_AUTHORITY.includes(act.kind)) return { trusted: authorities, context: "authority act 1" };
  require(OF_FACILITY.includes(act.kind), "unknown kind");
  return { trusted: keys, context: "facility act 1" };
}

/** The one-time key of an objection: its token's nonce. */
function nonceOf({ token }) {
  require(typeof token === "string", "no token");
  return fromHex(token, TOKEN_BYTES).subarray(NONCE_AT, NONCE_AT + NONCE_BYTES);
}

/** The words of an act, where they are those that it commits to and the authority has not struck them. */
async function wordsOf(words, { act, digest }, struck) {
  const commitment = isMap(act) && typeof act.words === "string" ? act.words : "";
  const none = (withoutWords) => ({ words: "", withoutWords });
  if (struck.has(digest)) return none("struck");
  if (!isMap(words)) return none(commitment ? "missing" : "");
  try {
    const salted = joined(utf8("dp3t words 1"), fromHex(words.salt, 16), utf8(words.text));
    if (toHex(await sha256(salted)) === commitment) return { words: words.text, withoutWords: "" };
  } catch (fault) {
    if (!(fault instanceof Fault || fault instanceof TypeError)) throw fault;
  }
  return none("altered");
}

/** The objections among lines, the latest first, each with its answers and resolutions. */
export function objectionsOf(lines) {
  const about = (digest, kind) => lines.filter(({ act, fault }) => !fault && act.kind === kind && act.objection === digest);
  return lines
    .filter(({ act }) => act?.kind === "objection")
    .map((line) => {
      const resolutions = about(line.digest, "resolution");
      return { line, answers: about(line.digest, "answer"), resolutions, verdict: verdictOf(resolutions.map(({ act }) => act.verdict)) };
    })
    .reverse();
}

/** How an objection stands: upheld, it stays so until it is settled. */
const verdictOf = (verdicts) => ["settled", "upheld"].find((each) => verdicts.includes(each)) ?? verdicts.at(-1) ?? "";

/** What a facility says of a day: its latest attestation that verifies; undefined without one. */
export const attestationOf = (lines, day) =>
  lines.findLast(({ act, fault }) => !fault && act.kind === "attestation" && act.day === day);

/**
 * Whether whoever objected proved to have been there on that day.
 * @returns {Promise<"none"|"proven"|"unproven">} unproven where the facility had published no key, or others [MAP-PAGE-21]
 */
export async function presenceOf({ act, number }, lines) {
  if (!act.presence) return "none";
  const before = lines.filter((line) => !line.fault && line.number < number && line.act.kind === "attestation" && line.act.day === act.day);
  const digest = await sha256(encodeJson({ ...act, presence: "" }));
  for (const published of new Set(before.map((line) => line.act.presence).filter(Boolean))) {
    if (await isProof(published, act.presence, digest)) return "proven";
  }
  return "unproven";
}

async function isProof(published, proof, digest) {
  const key = await crypto.subtle.importKey("raw", fromHex(published, 32), "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, fromHex(proof), joined(utf8("dp3t presence proof 1"), digest));
}
