/** Objections with what followed them, and the acts of a record, as elements. */

import { presenceOf } from "./facility_record.js";
import { dayName, momentOf, number } from "./facility_words.js";
import { byId, element, say } from "./page.js";

const KINDS = {
  enrolment: "facilities.act_enrolment",
  rekey: "facilities.act_rekey",
  closure: "facilities.act_closure",
  opening: "facilities.act_opening",
  attestation: "facilities.act_attestation",
  objection: "facilities.act_objection",
  answer: "facilities.act_answer",
  resolution: "facilities.act_resolution",
  strike: "facilities.act_strike",
  settings: "facilities.act_settings",
  checklist: "facilities.act_checklist",
};
const FAULTS = {
  unreadable: "facilities.bad_unreadable",
  unauthentic: "facilities.bad_signature",
  chain: "facilities.bad_chain",
};
const VERDICTS = {
  upheld: "facilities.upheld",
  dismissed: "facilities.dismissed",
  settled: "facilities.settled",
};
const WITHOUT = {
  struck: "facilities.words_struck",
  missing: "facilities.words_missing",
  altered: "facilities.words_altered",
};

/** Show the objections, the latest first. */
export async function showObjections(objections, lines, taskText) {
  const shown = await Promise.all(objections.map((each) => objectionElement(each, lines, taskText)));
  byId("objections").replaceChildren(...shown);
  byId("no-objections").hidden = objections.length > 0;
}

/** One objection with what followed it. */
export async function objectionElement({ line, answers, resolutions, verdict }, lines, taskText) {
  const { act, fault } = line;
  const about = act.task ? taskText(act.task) : say("facilities.something_else");
  const item = element("li", { className: `objection ${verdict || "unresolved"}` });
  const title = element("h3", {}, about, " ", element("span", { className: "tag" }, verdict ? say(VERDICTS[verdict]) : say("facilities.unresolved")));
  item.append(title, element("p", { className: "where" }, say("facilities.objected", { day: dayName(act.day), time: momentOf(line.received) })));
  if (fault) return withChildren(item, mark(line));
  const presence = await presenceOf(line, lines);
  const proven = { proven: "facilities.presence_proven", unproven: "facilities.presence_unproven" }[presence];
  if (proven) item.append(element("p", { className: `where ${presence}` }, say(proven)));
  item.append(...wordsElements(line));
  for (const answer of answers) {
    item.append(followed(say("facilities.answered", { time: momentOf(answer.received) }), answer));
  }
  for (const resolution of resolutions) {
    const values = { time: momentOf(resolution.received), verdict: say(VERDICTS[resolution.act.verdict]) };
    item.append(followed(say("facilities.resolved", values), resolution));
  }
  return item;
}

const followed = (said, line) => element("div", { className: "followed" }, element("p", { className: "who" }, said), ...wordsElements(line));

/** What was said, as text; or why it is not here. */
function wordsElements({ words, withoutWords }) {
  if (words) return [element("p", { className: "words" }, words)];
  return withoutWords ? [element("p", { className: `without ${withoutWords}` }, say(WITHOUT[withoutWords]))] : [];
}

/** Show each act of the record, the latest first, and whether it verifies. */
export function showRecord(lines) {
  byId("record-title").textContent = say("facilities.record", { count: number(lines.length) });
  byId("record").replaceChildren(...lines.toReversed().map(recordElement));
}

function recordElement(line) {
  const { act, number: at, received, digest } = line;
  const kind = act && Object.hasOwn(KINDS, act.kind) ? say(KINDS[act.kind]) : say("facilities.act_unknown");
  const about = Number.isSafeInteger(act?.day) ? `${kind}: ${dayName(act.day)}` : kind;
  const item = element("li", { className: line.fault ? "bad" : "good" });
  item.append(
    element("p", {}, element("strong", {}, about)),
    element("p", { className: "where" }, say("facilities.act_number", { number: number(at), time: momentOf(received) })),
    mark(line),
  );
  if (act?.kind === "attestation" && act.corrects) item.append(element("p", { className: "where" }, say("facilities.corrects")));
  if (["attestation", "closure"].includes(act?.kind)) item.append(...wordsElements(line));
  item.append(element("p", { className: "digest" }, digest));
  return item;
}

/** Whether an act verifies. */
function mark({ fault, act }) {
  if (fault) return element("p", { className: "mark bad" }, `✗ ${say(FAULTS[fault])}`);
  const said = act.kind === "objection" ? "facilities.good_objection" : "facilities.good_signature";
  return element("p", { className: "mark good" }, `✓ ${say(said)}`);
}

function withChildren(item, ...children) {
  item.append(...children);
  return item;
}
