/** A health station's page: the requests for help that its keys open. */

import { Fault } from "./bytes.js";
import { openHelp } from "./help.js";
import { allSealed, change, doing, keysIn } from "./officials.js";
import { byId, dayInWords, element, facts, isAble, moment, say, tell } from "./page.js";

async function fetchAndOpen() {
  const keys = await keysIn(byId("key"));
  if (!keys) return;
  const all = await allSealed("/operator/data/help", "help_requests");
  const count = { mine: 0, others: 0, bad: 0 };
  const cards = [];
  for (const { name, sealed } of all) {
    try {
      const { said, expires } = await openHelp(sealed, keys);
      cards.push({ asked: said.asked, card: cardOf(name, said, expires) });
      count.mine += 1;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      count[fault.kind === "unauthentic" ? "others" : "bad"] += 1;
    }
  }
  cards.sort((one, other) => one.asked - other.asked);
  byId("requests").replaceChildren(...cards.map(({ card }) => card));
  tell("said", say(count.bad ? "station.opened_bad" : "station.opened", count));
}

/** A request as people read it; what it says is text and nothing else [HELP-9]. */
function cardOf(name, said, expires) {
  const rows = [
    [say("station.asked"), moment(said.asked)],
    [say("station.reach"), reach(said.callback)],
    [say("station.advice"), say(ADVICE[said.outcome])],
    [say("station.age"), said.age_band === "unknown" ? say("station.age_unknown") : say("station.age_band", { band: said.age_band })],
    [say("station.language"), say(said.language === "vi" ? "station.vietnamese" : "station.english")],
    [say("station.commune"), said.commune],
    [say("station.kept"), dayInWords(expires - 1)],
  ];
  const erase = element("button", { type: "button", className: "quiet" }, say("station.erase"));
  const card = element(
    "li",
    { className: "panel request" },
    element("h2", {}, said.who),
    ...(said.message ? [element("p", { className: "message" }, said.message)] : []),
    element("dl", { className: "facts" }, ...facts(rows)),
    erase,
  );
  card.dataset.outcome = said.outcome;
  erase.addEventListener("click", () => doing(erase, () => eraseRequest(name, card)));
  return card;
}

const ADVICE = {
  none: "station.advice_none",
  stay: "station.advice_stay",
  test: "station.advice_test",
  call: "station.advice_call",
  emergency: "station.advice_emergency",
};

function reach(callback) {
  const hours = { from: callback.from_hour, until: callback.until_hour };
  if (callback.kind === "call") return say("station.call", { telephone: callback.telephone, ...hours });
  if (callback.kind === "code") return say("station.code", { code: callback.code });
  return say("station.visit", { address: callback.address, day: dayInWords(callback.day), ...hours });
}

/** Erase a request that was answered; the server has it no longer. */
async function eraseRequest(name, card) {
  if (!window.confirm(say("station.really"))) return;
  await change(`/operator/data/help/${name}`, { method: "DELETE" });
  card.remove();
  tell("said", say("station.erased"));
  byId("said").focus();
}

async function begin() {
  byId("unable").hidden = await isAble();
  byId("page").hidden = !byId("unable").hidden;
  byId("station-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(byId("open"), fetchAndOpen);
  });
}

begin();
