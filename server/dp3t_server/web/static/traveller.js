/** The traveller's page: check, seal, hand in, show the receipt, correct, withdraw. */

import { Fault, textOf, utf8 } from "./bytes.js";
import { receiptIn } from "./entry_receipt.js";
import { check, fieldsOf, tidied } from "./form.js";
import { FormView, problemLink } from "./form_view.js";
import { fileOf, forget, fromFile, keep, keptAt, keptOf, noteNumber, seenNumber, withdrawalOf } from "./kept.js";
import { ask, authority, byId, dayInWords, element, facts, given, goTo, isAble, moment, now, say, tell } from "./page.js";
import { openKeys } from "./recipients.js";
import { sealDeclaration } from "./sealing.js";
import { encodeSubmission, encodeWithdrawal, readSubmissionAnswer, readWithdrawalAnswer, requireReceiptOf } from "./submission.js";

const OCTETS = { "Content-Type": "application/octet-stream" };
const KNOWN_FAULTS = {
  answers: "arrivals.answers",
  days: "arrivals.days",
  full: "arrivals.full",
  offline: "arrivals.offline",
  "keys-not-current": "arrivals.keys",
  "no-province-key": "arrivals.province",
  "replaced-keys": "arrivals.keys",
  "unknown-keys": "arrivals.keys",
  "status-404": "arrivals.keys",
  "status-429": "arrivals.busy",
  "status-503": "arrivals.busy",
  "unknown-declaration": "arrivals.unknown",
};

let form, view;
/** What was sealed last and perhaps not answered: the same answers are sent again as the same bytes. */
let sealed;
/** The kept declaration that the form corrects, and the one that is shown. */
let corrected, shown;

/** Say what went wrong in words, where a person is waiting. */
function fail(fault) {
  const name = fault instanceof Fault ? KNOWN_FAULTS[fault.what] : undefined;
  tell("failed", say(name ?? "arrivals.failed"));
  goTo("failed");
  if (!(fault instanceof Fault)) throw fault;
}

/** Run what a person has asked for; no two at once. */
async function doing(button, task) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  tell("failed", "");
  tell("said", "");
  try {
    await task();
  } catch (fault) {
    fail(fault);
  } finally {
    button.removeAttribute("aria-disabled");
    tell("working", "");
  }
}

/** Check the answers, seal them, and hand them in. */
async function declare() {
  const answers = tidied(form, view.answers());
  const problems = check(form, answers, now());
  showSummary(problems);
  if (problems.length) return;
  tell("working", say("arrivals.working"));
  const { receipt, keys } = await handIn(answers);
  await requireReceiptOf(sealed, receipt, keys.receipts);
  const one = keptOf(sealed, receipt);
  if (byId("keep").checked) keep(one, now(), corrected?.declaration);
  else if (corrected) forget(corrected, now());
  [sealed, corrected] = [undefined, undefined];
  await showReceipt(one);
}

/** Hand the answers in. Where the answer to the same ones was lost, the same bytes are sent again. */
async function handIn(answers) {
  const keys = await currentKeys();
  const text = JSON.stringify(answers);
  if (sealed?.text !== text || sealed.keysNumber !== keys.number) {
    sealed = { ...(await sealDeclaration(form, answers, keys, now())), text, keysNumber: keys.number };
  }
  const body = encodeSubmission(sealed.envelope, corrected && withdrawalOf(corrected));
  const answer = await ask("/v1/arrivals/declarations", { method: "POST", body, headers: OCTETS });
  const { receipt, refusal } = readSubmissionAnswer(answer);
  if (refusal) throw new Fault("policy", refusal);
  return { receipt, keys };
}

async function currentKeys() {
  const keys = await openKeys(await ask("/v1/arrivals/keys"), authority, seenNumber());
  noteNumber(keys.number);
  return keys;
}

function showSummary(problems) {
  const links = view.showProblems(problems).map(problemLink);
  byId("problems").replaceChildren(...links);
  byId("summary").hidden = problems.length === 0;
  const title = document.title.replace(`${say("arrivals.error")}: `, "");
  document.title = problems.length ? `${say("arrivals.error")}: ${title}` : title;
  if (problems.length) goTo("summary");
}

/** Show a receipt in the place of the form. */
async function showReceipt(one) {
  shown = one;
  const said = receiptIn(one.receipt);
  const points = fieldsOf(form).find(({ name }) => name === "arrival_point").choices;
  const point = points.find(({ code }) => code === said.arrivalPoint);
  byId("receipt-facts").replaceChildren(
    ...facts([
      [say("arrivals.point"), point?.label[given.language] ?? said.arrivalPoint],
      [say("arrivals.day_of_entry"), dayInWords(said.entryDay)],
      [say("arrivals.good"), say("arrivals.from_until", { from: moment(said.validFrom), until: moment(said.validUntil) })],
    ]),
  );
  byId("receipt-text").textContent = one.receipt;
  byId("code").replaceChildren();
  setDeclaring(false);
  byId("kept-note").textContent = isKept(one) ? say("arrivals.is_kept") : say("arrivals.not_kept");
  byId("receipt").hidden = false;
  byId("kept").hidden = byId("with-file").hidden = true;
  goTo("receipt-title");
  const picture = await ask("/arrivals/qr", { method: "POST", body: utf8(one.receipt), headers: OCTETS });
  const drawn = new DOMParser().parseFromString(textOf(picture), "image/svg+xml").documentElement;
  byId("code").replaceChildren(document.adoptNode(drawn));
}

const isKept = (one) => keptAt(now()).some(({ declaration }) => declaration === one.declaration);

/** Go back to the form, empty or to correct a declaration. */
function startForm(toCorrect) {
  corrected = toCorrect;
  byId("correcting").hidden = corrected === undefined;
  byId("receipt").hidden = true;
  byId("with-file").hidden = false;
  setDeclaring(true);
  listKept();
}

function setDeclaring(is) {
  byId("declaring").hidden = !is;
}

/** List what this device keeps. */
function listKept() {
  const kept = keptAt(now());
  byId("kept").hidden = kept.length === 0;
  byId("kept-list").replaceChildren(
    ...kept.map((one) => {
      const said = receiptIn(one.receipt);
      const button = element("button", { type: "button", className: "quiet" }, say("arrivals.show"));
      button.addEventListener("click", () => doing(button, () => showReceipt(one)));
      const remove = element("button", { type: "button", className: "quiet" }, say("arrivals.forget"));
      remove.addEventListener("click", () => {
        forget(one, now());
        listKept();
        tell("said", say("arrivals.forgotten"));
        goTo("said");
      });
      return element("li", {}, element("span", {}, dayInWords(said.entryDay)), button, remove);
    }),
  );
}

/** Withdraw a declaration: the server erases it, and gates refuse the receipt. */
async function withdraw(one) {
  if (!window.confirm(say("arrivals.really"))) return;
  const body = encodeWithdrawal(withdrawalOf(one));
  const done = readWithdrawalAnswer(await ask("/v1/arrivals/withdrawals", { method: "POST", body, headers: OCTETS }));
  forget(one, now());
  view.reset();
  startForm(undefined);
  tell("said", say(done ? "arrivals.withdrawn" : "arrivals.unknown"));
  goTo("said");
}

/** Save the file with which a declaration can be corrected or withdrawn elsewhere. */
function save(one) {
  const address = URL.createObjectURL(new Blob([fileOf(one)], { type: "application/json" }));
  const name = `${say("arrivals.file_name")}-${one.declaration.slice(0, 8)}.json`;
  element("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

/** Correct or withdraw with a saved file. */
async function readFile() {
  const [file] = byId("file").files;
  tell("file-error", "");
  try {
    const one = fromFile(await file.text());
    corrected = one;
    byId("correcting").hidden = false;
    byId("withdraw-file").hidden = false;
    goTo("correcting");
  } catch {
    tell("file-error", say("arrivals.file_bad"));
  }
}

async function begin() {
  if (!(await isAble())) {
    byId("unable").hidden = false;
    return;
  }
  form = JSON.parse(textOf(await ask("/arrivals/form.json")));
  view = new FormView(byId("form"), form);
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(byId("send"), declare);
  });
  byId("print").addEventListener("click", () => window.print());
  byId("save").addEventListener("click", () => save(shown));
  byId("correct").addEventListener("click", () => {
    startForm(shown);
    goTo("correcting");
  });
  byId("stop-correcting").addEventListener("click", () => startForm(undefined));
  byId("withdraw").addEventListener("click", () => doing(byId("withdraw"), () => withdraw(shown)));
  byId("withdraw-file").addEventListener("click", () => doing(byId("withdraw-file"), () => withdraw(corrected)));
  byId("another").addEventListener("click", () => {
    view.reset();
    startForm(undefined);
  });
  byId("file").addEventListener("change", readFile);
  startForm(undefined);
}

begin().catch(fail);
