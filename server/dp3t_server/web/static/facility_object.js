/** Objecting to something at a facility, once a day and without a name. */

import { Fault, textOf, toHex } from "./bytes.js";
import { MAX_WORDS, handedIn, isLine, lineOf, localDay, signAct, writeWords } from "./acts.js";
import { faultWords, refusalWords } from "./acting.js";
import { fromJson, keysOf } from "./facility_files.js";
import { number, setClock, writtenDay } from "./facility_words.js";
import { areGood, ask, byId, element, given, isAble, now, say, tell } from "./page.js";
import { placeOf } from "./storage.js";
import { TokenStore, dayOf } from "./token_store.js";
import { codeOf } from "./tokens.js";

const FAULTS = {
  "no-code": "objecting.no_code",
  "unknown-code": "objecting.unknown_code",
  "expired-code": "objecting.expired_code",
  "other-list": "objecting.other_list",
};
const id = decodeURIComponent(location.pathname.split("/").at(-1));
let store, settings, place;
/** The token of today. */
let kept;

async function begin() {
  byId("object-unable").hidden = (await isAble()) && "indexedDB" in globalThis;
  if (!byId("object-unable").hidden) return;
  ({ settings } = fromJson(await ask("/v1/facilities/settings")));
  place = fromJson(await ask(`/v1/facilities/places/${encodeURIComponent(id)}`));
  setClock(settings.utc_offset_minutes);
  const trusted = keysOf(given.signers);
  store = await TokenStore.open(placeOf("dp3t-objecting"), { ask, trusted, region: given.region });
  const tasks = place.tasks.map((task) => element("option", { value: task.id }, task.text[given.language]));
  byId("object-task").replaceChildren(element("option", { value: "" }, say("facilities.something_else")), ...tasks);
  const today = localDay(now(), settings.utc_offset_minutes);
  const days = Array.from({ length: settings.objection_days + 1 }, (_, back) => today - back);
  byId("object-day").replaceChildren(...days.map((day) => element("option", { value: String(day) }, longDay(day))));
  byId("tokens-form").addEventListener("submit", (event) => doing(event, "get-tokens", getTokens));
  byId("object-form").addEventListener("submit", (event) => doing(event, "object-send", object));
  await show();
  byId("objecting").hidden = false;
}

const longDay = (day) => writtenDay(day, { weekday: "long", day: "numeric", month: "long" });

/** Show which step is next: asking for tokens, or objecting. */
async function show() {
  const days = await store.days(dayOf(now()));
  kept = await store.of(dayOf(now()));
  byId("tokens-left").textContent = days.length ? say("objecting.tokens", { count: number(days.length) }) : say("objecting.no_tokens");
  byId("tokens-form").hidden = Boolean(kept);
  byId("object-form").hidden = !kept || kept.used.includes(id);
  byId("object-done").hidden = !kept?.used.includes(id);
  byId("object-linked").hidden = !kept?.used.length;
}

async function doing(event, button, task) {
  event.preventDefault();
  if (byId(button).ariaDisabled) return;
  byId(button).ariaDisabled = "true";
  tell("object-failed", "");
  try {
    await task();
  } catch (fault) {
    tell("object-failed", Object.hasOwn(FAULTS, fault.what ?? "") ? say(FAULTS[fault.what]) : faultWords(fault));
    byId("object-failed").focus();
    if (!(fault instanceof Fault)) throw fault;
  } finally {
    byId(button).ariaDisabled = null;
  }
}

/** Ask for tokens of all days for which there are keys [OBJECTION-PAGE-4]. */
async function getTokens() {
  let code;
  try {
    code = codeOf(byId("token-code").value);
  } catch {
    areGood([["token-code", say("objecting.no_code")]]);
    return;
  }
  if (!areGood([["token-code", ""]])) return;
  tell("object-said", say("objecting.asking"));
  let without;
  try {
    without = await store.fetch(code, now());
  } finally {
    tell("object-said", "");
  }
  byId("token-code").value = "";
  await show();
  const isIssued = without.includes("issued") && !kept;
  tell("object-said", isIssued ? say("objecting.issued") : say("objecting.got"));
  byId("object-said").focus();
}

/** Sign an objection with the one-time key of today's token, and send it [OBJECTION-1]. */
async function object() {
  const [text, task] = [lineOf(byId("object-words").value), byId("object-task").value];
  const linked = kept.used.length > 0 && !byId("object-agree").checked;
  const good = areGood([
    ["object-words", (text || !task) && !isLine(text, MAX_WORDS) ? say(text ? "acting.no_line" : "objecting.no_words") : ""],
    ["object-agree", linked ? say("objecting.not_agreed") : ""],
  ]);
  if (!good) return;
  const { words, commitment } = await writeWords(text);
  const signed = await signAct(
    {
      day: Number(byId("object-day").value),
      facility: id,
      kind: "objection",
      made: now(),
      presence: "",
      region: given.region,
      task,
      token: toHex(kept.token),
      version: 1,
      words: commitment,
    },
    kept.signer,
  );
  const body = handedIn(signed, words);
  const { refusal } = JSON.parse(textOf(await ask("/v1/facilities/objections", { method: "POST", body })));
  if (refusal) {
    if (refusal === "spent-token") await store.forget(kept.day); // the answer to the first was lost
    await show();
    tell("object-failed", refusalWords(refusal));
    byId("object-failed").focus();
    return;
  }
  if (byId("object-another").checked) await store.keepFor(kept, id);
  else await store.forget(kept.day);
  byId("object-form").reset();
  await show();
  tell("object-said", say("objecting.sent"));
  byId("object-said").focus();
}

let beginning;
byId("object").addEventListener("toggle", () => {
  if (!byId("object").open || beginning) return;
  tell("object-failed", "");
  beginning = begin().catch((fault) => {
    beginning = undefined; // and opening it again tries again
    tell("object-failed", faultWords(fault));
  });
});
