/** The officer's page at a gate: it decides without a network, once it is open. */

import { fetchKeys } from "./authority_keys.js";
import { Fault, draw, joined } from "./bytes.js";
import { verify } from "./entry_receipt.js";
import { GateStore, inOrder, splitMarks } from "./gate_store.js";
import { gateKeys, isGateName, sealMark, tagOf } from "./mark.js";
import { change, doing, secretsIn } from "./officials.js";
import { areGood, ask, byId, dayInWords, element, facts, given, isAble, moment, now, say, tell } from "./page.js";
import { placeOf, recall, remember } from "./storage.js";
import { documentInZone, typedDocument } from "./travel_document.js";
import { openWithdrawn } from "./withdrawn.js";

const DAY_SECONDS = 86_400, AT_ONCE = 4_096;
const SETTINGS = "dp3t-gate-settings", MARKS = "dp3t-gate";
const BY_HAND = ["number", "birth", "expiry"];

/** @type {{name: string, point: string, secret: object, keys: object, store: GateStore}} */
let gate;

const today = () => Math.floor(now() / DAY_SECONDS);

/** Open the gate: from here on no network is needed. */
async function openGate() {
  const name = byId("gate-name").value.trim().toUpperCase(), point = byId("point").value;
  const [file] = byId("secret").files;
  const said = [
    ["gate-name", isGateName(name) ? "" : say("gate.bad_name")],
    ["point", point ? "" : say("gate.bad_point")],
    ["secret", file ? "" : say("gate.no_secret")],
  ];
  if (!areGood(said)) return;
  const secrets = await secretsIn(byId("secret"));
  if (!secrets) return;
  const secret = await gateKeys(secrets[0]);
  const keys = await fetchKeys();
  const store = await GateStore.open(placeOf(MARKS), today());
  await store.requireSecret(secret, today());
  gate = { name, point, secret, keys, store };
  remember(SETTINGS, { name, point });
  navigator.storage?.persist?.();
  byId("setting-up").hidden = true;
  byId("checking").hidden = byId("synchronising").hidden = false;
  byId("where").textContent = say("gate.where", { name, point: byId("point").selectedOptions[0].text });
  await synchronise().catch((fault) => tell("failed", fault instanceof Fault ? say("gate.not_synchronised") : `${fault}`));
  await showState();
  await showConflicts();
  byId("receipt").focus();
}

/** Check a receipt against a document, and note it where it is good. */
async function check() {
  byId("verdict").hidden = true;
  const read = documentTyped();
  if (!read) return;
  await gate.store.requireSecret(gate.secret, today());
  const known = {
    keys: gate.keys.receipts,
    arrivalPoint: gate.point,
    now: now(),
    isWithdrawn: (id) => gate.store.withdrawn.has(id),
  };
  const { verdict, receipt } = await verify(byId("receipt").value, read, known);
  const uses = verdict === "valid" ? await admit(receipt) : [];
  showVerdict(uses.length ? "used" : verdict, receipt, await inOrder(uses, gate.secret));
}

/** Check; the page takes the next scan as soon as there is a verdict [ARRIVALS-PAGE-25]. */
async function checkAndCount() {
  await doing(byId("check"), check);
  await countAnew();
}

/** Show what the gate knows; where its database fails that is told, and verdict and focus stay. */
async function countAnew() {
  try {
    await showState();
  } catch (fault) {
    if (byId("failed").hidden) tell("failed", say("gate.not_counted"));
    if (!(fault instanceof DOMException)) throw fault;
  }
}

/** Note that a receipt is used now; return the marks of former uses, with which nothing is noted. */
async function admit(receipt) {
  const minute = now() - (now() % 60);
  const tag = await tagOf(gate.secret, receipt.id);
  const mark = { expiryDay: receipt.expiryDay, tag, moment: minute, gate: gate.name, draw: draw(8) };
  return gate.store.admit(await sealMark(mark, gate.secret), gate.secret, today());
}

/** The document that was scanned or typed; undefined, and a message beside the field, where there is none. */
function documentTyped() {
  const zone = byId("zone").value.trim();
  clearFaults();
  try {
    if (zone) return documentInZone(zone);
    const [number, birth, expiry] = BY_HAND.map((name) => byId(name).value.trim());
    return typedDocument({ number, birth, expiry });
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const name = `gate.bad_${fault.what.replace("-", "_")}`;
    const id = !zone && byId("by-hand").open && BY_HAND.includes(fault.what) ? fault.what : "zone";
    areGood([[id, say(name in given.texts ? name : "gate.bad_zone")]]);
    return undefined;
  }
}

const clearFaults = () => areGood(["zone", ...BY_HAND].map((id) => [id, ""]));

function showVerdict(verdict, receipt, uses) {
  const rows = receipt
    ? [
        [say("gate.point"), pointName(receipt.arrivalPoint)],
        [say("gate.day"), dayInWords(receipt.entryDay)],
        [say("gate.good"), say("gate.from_until", { from: moment(receipt.validFrom), until: moment(receipt.validUntil) })],
      ]
    : [];
  const used = uses.map((use) => [say("gate.used_at"), say("gate.use", { moment: moment(use.moment), gate: use.gate })]);
  const place = byId("verdict");
  place.className = verdict === "valid" ? "verdict good" : "verdict bad";
  place.dataset.verdict = verdict;
  byId("verdict-text").textContent = given.verdicts[verdict];
  byId("verdict-facts").replaceChildren(...facts([...used, ...rows]));
  place.hidden = false;
  byId("next").focus();
}

const pointName = (code) =>
  [...byId("point").options].find(({ value }) => value === code)?.text ?? code;

/** Make room for the next traveller. */
function next() {
  byId("receipt-form").reset();
  byId("verdict").hidden = true;
  clearFaults();
  byId("receipt").focus();
}

/** A scan that begins while a verdict stands is of the next traveller's receipt. */
function onKeyAtVerdict(event) {
  const isCommand = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
  if (event.key.length === 1 && event.key !== " " && !isCommand) next();
}

/** Exchange marks with the other gates, and hear of withdrawals and new keys. */
async function synchronise() {
  await gate.store.requireSecret(gate.secret, today());
  gate.keys = await fetchKeys();
  await gate.store.inform(await openWithdrawn(await ask("/v1/arrivals/withdrawn"), gate.keys.receipts, now()), today());
  const theirs = splitMarks(await ask("/operator/data/marks"));
  const refused = await gate.store.merge(theirs, gate.secret, today());
  const ours = await gate.store.beyond(theirs, today());
  for (let at = 0; at < ours.length; at += AT_ONCE) {
    const body = joined(...ours.slice(at, at + AT_ONCE));
    await change("/operator/data/marks", { method: "POST", body });
  }
  const count = { sent: ours.length, heard: theirs.length, refused };
  byId("exchanged").textContent = say(refused ? "gate.exchanged_refused" : "gate.exchanged", { ...count, moment: moment(now()) });
}

/** Show what the gate knows. */
async function showState() {
  const { issued } = gate.store;
  byId("state").replaceChildren(
    ...facts([
      [say("gate.marks"), String(await gate.store.count(today()))],
      [say("gate.withdrawals"), issued ? say("gate.as_of", { moment: moment(issued) }) : say("gate.never")],
      [say("gate.keys_until"), moment(Math.max(...gate.keys.receipts.map((key) => key.valid_until)))],
    ]),
  );
}

/** Show receipts that were used more than once; only an exchange brings such ones [GATE-7]. */
async function showConflicts() {
  const conflicts = await gate.store.conflicts(gate.secret, today());
  byId("conflicts-title").hidden = conflicts.length === 0;
  byId("conflicts").replaceChildren(
    ...conflicts.map((uses) =>
      element("li", {}, uses.map((use) => say("gate.use", { moment: moment(use.moment), gate: use.gate })).join("; ")),
    ),
  );
}

/** A hand scanner types and ends with Enter: a receipt leads on to the document, a whole zone is checked. */
function onEnter(event, then) {
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.target.id === "receipt") {
    event.preventDefault();
    byId("zone").focus();
    return;
  }
  try {
    documentInZone(event.target.value);
  } catch {
    return;
  }
  event.preventDefault();
  then();
}

async function begin() {
  byId("unable").hidden = await isAble();
  byId("page").hidden = !byId("unable").hidden;
  const settings = recall(SETTINGS);
  byId("gate-name").value = settings?.name ?? "";
  byId("point").value = settings?.point ?? "";
  const forms = [
    ["setup-form", () => doing(byId("open-gate"), openGate)],
    ["receipt-form", checkAndCount],
  ];
  for (const [id, task] of forms) {
    byId(id).addEventListener("submit", (event) => {
      event.preventDefault();
      task();
    });
  }
  for (const id of ["receipt", "zone"]) byId(id).addEventListener("keydown", (event) => onEnter(event, checkAndCount));
  byId("next").addEventListener("click", next);
  byId("next").addEventListener("keydown", onKeyAtVerdict);
  byId("synchronise").addEventListener("click", () =>
    doing(byId("synchronise"), async () => {
      await synchronise();
      await showState();
      await showConflicts();
    }),
  );
}

begin();
