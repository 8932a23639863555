/** Objections to this facility, and its answers to them. */

import { MAX_WORDS, headOf, isLine, lineOf, writeWords } from "./acts.js";
import { objectionElement } from "./facility_acts.js";
import { desk } from "./desk_state.js";
import { objectionsOf } from "./facility_record.js";
import { areGood, byId, element, given, now, say } from "./page.js";

/**
 * Show what nobody has decided on, and what is upheld and not settled; each with a form.
 * @param {(make: Function) => Promise<void>} sign lets an act wait and be sent
 */
export async function showObjections(sign) {
  const open = objectionsOf(desk.lines).filter(({ line, verdict }) => !line.fault && ["", "upheld"].includes(verdict));
  byId("objected").hidden = open.length === 0;
  const names = open.map(({ line, answers, resolutions }) => [line.digest, answers.length, resolutions.length]).join(" ");
  if (byId("objections").dataset.shown === names) return; // what somebody is typing stays
  byId("objections").dataset.shown = names;
  byId("objections").replaceChildren(...(await Promise.all(open.map((each, at) => withAnswer(each, at, sign)))));
}

async function withAnswer(each, at, sign) {
  const item = await objectionElement(each, desk.lines, taskText);
  const id = `answer-${at}`;
  const form = element(
    "form",
    { noValidate: true },
    element("div", { className: "field" }, element("label", { htmlFor: id }, say("desk.answer")), element("p", { className: "wrong", id: `${id}-error`, hidden: true }), element("textarea", { id, rows: 2, maxLength: MAX_WORDS })),
    element("button", { type: "submit" }, say("desk.send_answer")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(id, each.line.digest, sign);
  });
  item.append(form);
  return item;
}

/** Sign an answer [ATTESTATION-5]. */
async function answer(id, objection, sign) {
  const text = lineOf(byId(id).value);
  if (!areGood([[id, isLine(text, MAX_WORDS) ? "" : say("desk.no_answer")]])) return;
  const { words, commitment } = await writeWords(text);
  await sign((end) => {
    const head = headOf("answer", { region: given.region, made: now(), end });
    return { act: { ...head, facility: desk.key.facility, objection, words: commitment }, words };
  });
  byId(id).value = "";
}

const taskText = (task) => desk.place.tasks.find((each) => each.id === task)?.text[given.language] ?? task;
