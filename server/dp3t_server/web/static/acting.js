/** What the pages on which people act share: what a refusal means, what went wrong. */

import { Fault } from "./bytes.js";
import { say } from "./page.js";

const REFUSALS = {
  malformed: "acting.malformed",
  "other-region": "acting.other_region",
  early: "acting.early",
  "no-settings": "acting.no_settings",
  "unknown-facility": "acting.unknown_facility",
  "wrong-key": "acting.wrong_key",
  forked: "acting.forked",
  gap: "acting.gap",
  "wrong-words": "acting.wrong_words",
  "unknown-objection": "acting.unknown_objection",
  "unknown-act": "acting.unknown_act",
  "back-dated": "acting.back_dated",
  "other-checklist": "acting.other_checklist",
  "unknown-task": "acting.unknown_task",
  "other-attestation": "acting.other_attestation",
  "too-many": "acting.too_many_acts",
  "spent-token": "acting.spent_token",
  "bad-token": "acting.bad_token",
  "bad-presence": "acting.bad_presence",
};
const FAULTS = {
  offline: "acting.offline",
  "no-key": "acting.no_key",
  "other-key": "acting.other_key",
  rekeying: "acting.rekeying",
  doubt: "acting.doubt",
  "no line": "acting.no_line",
  "too many photos": "acting.too_many_photos",
  "status-404": "acting.unknown_facility",
  "status-429": "acting.too_many",
  "status-401": "acting.signed_out",
  "status-403": "acting.signed_out",
};

/** What a refusal of the record means; the word itself where we know no more. */
export const refusalWords = (refusal) =>
  Object.hasOwn(REFUSALS, refusal) ? say(REFUSALS[refusal]) : say("acting.refused", { refusal });

/** What went wrong. */
export function faultWords(fault) {
  if (fault instanceof Fault && Object.hasOwn(FAULTS, fault.what)) return say(FAULTS[fault.what]);
  return say(fault instanceof Fault && fault.what.startsWith("status-") ? "acting.busy" : "acting.failed");
}
