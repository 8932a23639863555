/** The authority's page: what is objected to, and its decisions, signed in this browser [OBJECTION-PAGE-7]. */

import { Fault, textOf, toHex } from "./bytes.js";
import { MAX_REASON, MAX_WORDS, handedIn, headOf, isLine, lineOf, readKeyFile, signAct, signerOf, writeWords } from "./acts.js";
import { faultWords, refusalWords } from "./acting.js";
import { objectionElement } from "./facility_acts.js";
import { fromJson, keysOf } from "./facility_files.js";
import { objectionsOf, openRecord } from "./facility_record.js";
import { number, setClock, stateElement } from "./facility_words.js";
import { change } from "./officials.js";
import { areGood, ask, byId, element, given, goTo, isAble, now, say, tell } from "./page.js";

const AT_ONCE = 20;
const LISTED_SECONDS = 42 * 86_400;
const VERDICTS = { upheld: "facilities.upheld", dismissed: "facilities.dismissed", settled: "facilities.settled" };
let settled, waiting;

async function begin() {
  byId("unable").hidden = await isAble();
  byId("page").hidden = !byId("unable").hidden;
  byId("more").addEventListener("click", () => doing(byId("more"), showMore));
  await doing(byId("more"), load);
}

/** Fetch which facilities have something to decide, and show the first of them. */
async function load() {
  settled = fromJson(await ask("/v1/facilities/settings"));
  if (settled.settings) setClock(settled.settings.utc_offset_minutes);
  const said = fromJson(await ask("/operator/data/objections"));
  waiting = said.facilities;
  const count = waiting.reduce((sum, { undecided }) => sum + undecided, 0);
  byId("undecided").textContent = count ? say("objections.count", { count: number(count) }) : say("objections.none");
  byId("places").replaceChildren();
  await showMore();
}

async function showMore() {
  const some = waiting.splice(0, AT_ONCE);
  byId("places").append(...(await Promise.all(some.map(({ facility }) => placeElement(facility)))));
  byId("more").hidden = waiting.length === 0;
}

/** A facility with what is objected to, each verified in this browser [MAP-PAGE-17]. */
async function placeElement(facility) {
  const place = fromJson(await ask(`/v1/facilities/places/${facility}`));
  const expected = { facility, region: given.region, authorities: keysOf(settled.authorities), end: place.chain, since: place.now - LISTED_SECONDS };
  const { lines } = await openRecord(place.acts, expected);
  const open = objectionsOf(lines).filter(({ line, verdict }) => !line.fault && ["", "upheld"].includes(verdict));
  const taskText = (task) => place.tasks.find((each) => each.id === task)?.text[given.language] ?? task;
  const title = element("h2", {}, element("a", { href: `${given.path}/facilities/${given.language}/places/${facility}` }, place.facility.name));
  const list = element("ul", { className: "objections" });
  for (const each of open) list.append(await withDecision(await objectionElement(each, lines, taskText), each));
  return element("section", { className: "panel" }, title, element("p", {}, stateElement(place.state)), list);
}

function withDecision(item, { line, answers, verdict }) {
  const id = line.digest.slice(0, 16);
  const choices = verdict === "upheld" ? ["settled"] : ["upheld", "dismissed", "settled"];
  const select = element("select", { id: `verdict-${id}` }, ...choices.map((each) => element("option", { value: each }, say(VERDICTS[each]))));
  const resolve = element("button", { type: "submit" }, say("objections.decide"));
  const form = element("form", { noValidate: true }, field(select, say("objections.verdict")), field(element("textarea", { id: `words-${id}`, rows: 2, maxLength: MAX_WORDS }), say("objections.words")), resolve);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(resolve, () => decide(id, line.digest));
  });
  const worded = [line, ...answers].filter(({ words }) => words);
  item.append(form, ...worded.map((each) => strikeElement(each, each === line)));
  return item;
}

/** A form by which words are erased that name somebody. */
function strikeElement({ digest }, isObjection) {
  const id = `reason-${digest.slice(0, 16)}`;
  const button = element("button", { type: "submit", className: "quiet" }, say("objections.strike"));
  const form = element("form", { noValidate: true }, field(element("input", { id, maxLength: MAX_REASON }), say("objections.reason")), button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(button, () => strike(id, digest));
  });
  const title = isObjection ? say("objections.strike_objection") : say("objections.strike_answer");
  return element("details", {}, element("summary", {}, title), form);
}

const field = (input, label) =>
  element("div", { className: "field" }, element("label", { htmlFor: input.id }, label), element("p", { className: "wrong", id: `${input.id}-error`, hidden: true }), input);

async function decide(id, objection) {
  const text = lineOf(byId(`words-${id}`).value);
  if (!areGood([[`words-${id}`, text && !isLine(text, MAX_WORDS) ? say("acting.no_line") : ""]])) return;
  const { words, commitment } = await writeWords(text);
  await send("resolution", { objection, verdict: byId(`verdict-${id}`).value, words: commitment }, words);
}

async function strike(id, act) {
  const reason = lineOf(byId(id).value);
  if (!areGood([[id, isLine(reason, MAX_REASON) ? "" : say("objections.no_reason")]])) return;
  await send("strike", { act, reason }, null);
}

/** Sign an act for where the authority's chain ends now, and hand it in [OBJECTION-PAGE-8]. */
async function send(kind, fields, words) {
  const signer = await authoritySigner();
  if (!signer) return;
  const { chain, region } = fromJson(await ask("/v1/facilities/settings"));
  const act = { ...headOf(kind, { region, made: now(), end: chain }), ...fields };
  const body = handedIn(await signAct(act, signer), words);
  const answered = await change("/operator/data/facility-acts", { method: "POST", body });
  const { refusal } = JSON.parse(textOf(answered));
  if (refusal) {
    tell("failed", refusalWords(refusal));
    byId("failed").focus();
    return;
  }
  await load();
  tell("said", say("objections.sent"));
  goTo("said");
}

/** The key in the chosen file, where it is one of the authority's; it is kept nowhere. */
async function authoritySigner() {
  let signer;
  const [file] = byId("key").files;
  try {
    if (file) signer = await signerOf(readKeyFile(await file.text()).seed);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
  }
  const isTrusted = signer && settled.authorities.includes(toHex(signer.public));
  const wrong = !file ? say("objections.no_key") : !signer ? say("acting.no_key") : isTrusted ? "" : say("objections.other_key");
  return areGood([["key", wrong]]) ? signer : undefined;
}

async function doing(button, task) {
  if (button.ariaDisabled) return;
  button.ariaDisabled = "true";
  tell("failed", "");
  tell("said", "");
  try {
    await task();
  } catch (fault) {
    tell("failed", faultWords(fault));
    byId("failed").focus();
    if (!(fault instanceof Fault)) throw fault;
  } finally {
    button.ariaDisabled = null;
  }
}

begin();
