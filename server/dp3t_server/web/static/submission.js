/** Handing in, correcting and withdrawing: requests and answers of one length each. */

import { equal, joined, require, textOf, utf8 } from "./bytes.js";
import { openReceipt } from "./entry_receipt.js";

const REFUSALS = ["replaced-keys", "unknown-keys", "days", "unknown-declaration", "full"];
const NOTHING = new Uint8Array(64);

/** @returns {Uint8Array} 64 bytes [SUBMISSION-2] */
export const encodeWithdrawal = ({ id, secret }) => joined(id, secret);

/** @returns {Uint8Array} 24,817 bytes [SUBMISSION-1] */
export const encodeSubmission = (envelope, corrects) =>
  joined(corrects ? encodeWithdrawal(corrects) : NOTHING, envelope);

/** The receipt in an answer to a declaration, or the word of its refusal [SUBMISSION-3]. */
export function readSubmissionAnswer(body) {
  const refusal = refusalIn(body, 512, REFUSALS);
  if (refusal) return { refusal };
  const found = /^\{"accepted": true, "receipt": "([A-Z0-9:-]+)"\} *$/.exec(asText(body));
  require(found && body.length === 512, "answer");
  return { receipt: found[1] };
}

/** Whether a declaration was withdrawn; false where there is none with that secret [SUBMISSION-4]. */
export function readWithdrawalAnswer(body) {
  if (refusalIn(body, 256, ["unknown-declaration"])) return false;
  require(equal(body, utf8('{"accepted": true}'.padEnd(256))), "answer");
  return true;
}

/** What a receipt says if it is that of a declaration [SUBMISSION-5]. */
export async function requireReceiptOf({ id, header }, text, keys) {
  const { receipt } = await openReceipt(text, keys);
  const same =
    equal(receipt.id, id.subarray(0, 16)) &&
    equal(receipt.binding, header.binding) &&
    receipt.entryDay === header.entryDay &&
    receipt.arrivalPoint === header.arrivalPoint;
  require(same, "receipt", "unauthentic");
  return receipt;
}

function refusalIn(body, length, refusals) {
  const said = (word) => utf8(`{"accepted": false, "refusal": "${word}"}`.padEnd(length));
  return refusals.find((word) => equal(body, said(word)));
}

function asText(body) {
  require(body.length <= 512, "answer");
  return textOf(body);
}
