/** A facility's own page: today's checklist in a minute, without a network too. */

import { Fault } from "./bytes.js";
import { faultWords, refusalWords } from "./acting.js";
import { forgetDraft, prepareChecklist, showDay } from "./desk_checklist.js";
import { isReplaced, prepareKey, prepareSetup, showKey } from "./desk_key.js";
import { showObjections } from "./desk_objections.js";
import { desk, openDesk, refresh, take, today } from "./desk_state.js";
import { attestationOf } from "./facility_record.js";
import { dayName, number, stateElement } from "./facility_words.js";
import { Outbox } from "./outbox.js";
import { byId, element, given, isAble, now, say, tell } from "./page.js";

const AGAIN_MILLISECONDS = 30_000;
const KINDS = { attestation: "desk.waits_attestation", answer: "desk.waits_answer", rekey: "desk.waits_rekey" };

/** Do what somebody asked for; say what goes wrong. */
async function doing(task) {
  tell("failed", "");
  try {
    await task();
  } catch (fault) {
    tell("failed", faultWords(fault));
    byId("failed").focus();
    if (!(fault instanceof Fault)) throw fault;
  }
}

async function show() {
  byId("setup").hidden = true;
  byId("work").hidden = false;
  const { facility } = desk.place;
  document.querySelector("h1").textContent = facility.name;
  document.title = `${facility.name} · ${document.title.split(" · ").at(-1)}`;
  byId("public-page").href = `${given.path}/facilities/${given.language}/places/${facility.facility}`;
  byId("day").textContent = dayName(today());
  byId("state").replaceChildren(...(desk.place.today === today() ? [stateElement(desk.place.state)] : []));
  byId("network").className = desk.online ? "live" : "live broken";
  byId("network").textContent = desk.online ? say("desk.online") : say("desk.offline");
  tell("failed", isReplaced() ? say("acting.other_key") : desk.whole ? "" : say("acting.doubt"));
  showKey();
  await showOutbox();
  await showDay();
  await showObjections(sign);
}

/** Show plainly what waits, and why it was refused [DESK-PAGE-8]. */
async function showOutbox() {
  const waiting = await desk.store.waiting();
  byId("outbox").hidden = waiting.length === 0;
  byId("outbox-title").textContent = say("desk.waiting", { count: number(waiting.length) });
  byId("waiting").replaceChildren(...waiting.map(({ act }) => element("li", {}, say(KINDS[act.kind], { day: act.kind === "attestation" ? dayName(act.day) : "" }))));
  const refusal = waiting.find((each) => each.refusal)?.refusal ?? "";
  tell("refusal", refusal ? refusalWords(refusal) : "");
  byId("send").hidden = Boolean(refusal);
  byId("move").hidden = !Outbox.canMove(waiting);
  byId("throw-away").hidden = !refusal;
}

/** Sign an act, let it wait, and send what waits. */
async function sign(make, kept = {}) {
  await doing(async () => {
    await desk.outbox.add(make, kept);
    await send();
  });
}

async function signDay(make) {
  await doing(async () => {
    await desk.outbox.add(make);
    await forgetDraft();
    await send();
  });
}

/** Send what waits, then look what the record says; without a network both wait. */
async function send() {
  let sent = 0;
  let fault;
  try {
    ({ sent } = await desk.outbox.send());
    desk.key = await desk.store.recall("key");
    await refresh();
  } catch (thrown) {
    fault = thrown;
  }
  if (fault?.what === "offline") desk.online = false;
  tell("said", sent ? say("desk.sent", { count: number(sent) }) : "");
  await show(); // what waits, whatever became of it
  if (fault && fault.what !== "offline") throw fault;
}

/** Sign what was refused once more, for where the chain ends now. */
async function move() {
  if (!(await refresh())) throw new Fault("policy", "offline");
  const inRecord = (day) => attestationOf(desk.lines, day)?.digest ?? "";
  await desk.outbox.move(desk.place.chain, now(), inRecord);
  await send();
}

async function throwAway() {
  if (!confirm(say("desk.really_throw_away"))) return;
  await desk.store.throwAway();
  await send();
}

/** Try what waits once more, and look what is new, as when the network is back. */
const again = () => desk.key && doing(send);

async function work() {
  await show();
  await doing(send);
}

async function begin() {
  byId("unable").hidden = (await isAble()) && "locks" in navigator && "indexedDB" in globalThis;
  if (!byId("unable").hidden) return;
  const worker = navigator.serviceWorker?.register(`${given.path}/facilities/worker.js`, { scope: `${given.path}/facilities/` });
  worker?.catch(() => tell("said", say("desk.no_worker")));
  await openDesk();
  prepareChecklist(signDay);
  prepareKey(sign, doing);
  prepareSetup(work);
  byId("send").addEventListener("click", () => doing(send));
  byId("move").addEventListener("click", () => doing(move));
  byId("throw-away").addEventListener("click", () => doing(throwAway));
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => document.hidden || again());
  setInterval(async () => desk.key && (await desk.store.waiting()).length && again(), AGAIN_MILLISECONDS);
  byId("setup").hidden = Boolean(desk.key);
  if (!desk.key) return;
  await take(await desk.store.recall("place"));
  await work();
}

begin();
