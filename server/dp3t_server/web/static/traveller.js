/** The traveller's page: check, seal, hand in, show the receipt, correct, withdraw. */

import { fetchKeys } from "./authority_keys.js";
import { Fault, textOf, utf8 } from "./bytes.js";
import { receiptIn } from "./entry_receipt.js";
import { check, fieldsOf, tidied } from "./form.js";
import { FormView, problemLink } from "./form_view.js";
import { fileOf, forget, fromFile, keep, keptAt, keptOf, withdrawalOf } from "./kept.js";
import { areGood, ask, byId, dayInWords, element, facts, given, goTo, isAble, moment, now, say, tell } from "./page.js";
import { sealDeclaration } from "./sealing.js";
import { encodeSubmission, encodeWithdrawal, readSubmissionAnswer, readWithdrawalAnswer, requireReceiptOf } from "./submission.js";

const OCTETS = { "Content-Type": "application/octet-stream" };
const FILE_IS_READ_MILLISECONDS = 60_000;
/** Refusals after which nothing was taken of what was sealed, nor will be. */
const SEALED_IN_VAIN = ["replaced-keys", "unknown-keys"];
const KNOWN_FAULTS = {
  answers: "arrivals.answers",
  "bad-keys": "arrivals.bad_keys",
  days: "arrivals.days",
  full: "arrivals.full",
  "not-sent": "arrivals.not_sent",
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
/** The declaration that the form corrects, the one of a saved file, and the one that is shown. */
let corrected, filed, shown;

/** Say in words what went wrong, where a person is waiting. */
function fail(fault, otherwise) {
  const name = fault instanceof Fault ? KNOWN_FAULTS[fault.what] : undefined;
  tell("failed", say(name ?? otherwise));
  goTo("failed");
  if (!(fault instanceof Fault)) throw fault;
}

/** Run what a person has asked for; no two of one button at once. */
async function doing(button, task, otherwise = "arrivals.not_done") {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  tell("failed", "");
  tell("said", "");
  try {
    await task();
  } catch (fault) {
    fail(fault, otherwise);
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
  const replaced = corrected;
  const one = await handIn(answers, replaced);
  sealed = undefined;
  showReceipt(one);
  if (replaced) forget(replaced, now());
  tellKept(!byId("keep").checked || keep(one, now()));
  if (!byId("keep").checked) view.reset();
  await drawCode(one);
}

/**
 * Hand the answers in. Where the answer to the same ones was lost, the same bytes are sent again,
 * whatever keys there are by now [ARRIVALS-PAGE-11].
 */
async function handIn(answers, replaced) {
  const keys = await currentKeys();
  const text = JSON.stringify(answers);
  if (sealed?.text !== text) sealed = { ...(await sealDeclaration(form, answers, keys, now())), text };
  const body = encodeSubmission(sealed.envelope, replaced && withdrawalOf(replaced));
  const { receipt, refusal } = readSubmissionAnswer(await send("/v1/arrivals/declarations", body));
  if (SEALED_IN_VAIN.includes(refusal)) sealed = undefined;
  if (refusal) throw new Fault("policy", refusal);
  await requireReceiptOf(sealed, receipt, keys.receipts);
  return keptOf(sealed, receipt);
}

/** Send what changes something; that there is no answer does not say that nothing was changed. */
async function send(path, body) {
  try {
    return await ask(path, { method: "POST", body, headers: OCTETS });
  } catch (fault) {
    throw fault.what === "offline" ? new Fault("policy", "no-answer") : fault;
  }
}

/** The authority's keys; where they are not good nothing has been sent, and that is said. */
async function currentKeys() {
  try {
    return await fetchKeys();
  } catch (fault) {
    if (!(fault instanceof Fault) || fault.what in KNOWN_FAULTS) throw fault;
    throw new Fault("policy", fault.kind === "policy" ? "not-sent" : "bad-keys");
  }
}

function showSummary(problems) {
  const links = view.showProblems(problems).map(problemLink);
  byId("problems").replaceChildren(...links);
  byId("summary").hidden = problems.length === 0;
  const title = document.title.replace(`${say("arrivals.error")}: `, "");
  document.title = problems.length ? `${say("arrivals.error")}: ${title}` : title;
  if (problems.length) goTo("summary");
}

/** Show a receipt in the place of the form; its code is drawn afterwards. */
function showReceipt(one) {
  setCorrected(undefined);
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
  tellDrawn(true);
  byId("declaring").hidden = true;
  tellKept();
  byId("receipt").hidden = false;
  byId("kept").hidden = byId("with-file").hidden = true;
  goTo("receipt-title");
}

/** Say whether this device keeps the receipt that is shown, and where it could not that it did not. */
function tellKept(isDone = true) {
  const name = isKept(shown) ? "arrivals.is_kept" : "arrivals.not_kept";
  byId("kept-note").textContent = say(isDone ? name : "arrivals.keep_failed");
  byId("kept-note").className = isDone ? "screen" : "screen alert";
}

const isKept = (one) => keptAt(now()).some(({ declaration }) => declaration === one.declaration);

/** Have the server draw the code of a receipt; whatever fails, the text is as good, and that is said. */
async function drawCode(one) {
  let drawn;
  try {
    const picture = await ask("/arrivals/qr", { method: "POST", body: utf8(one.receipt), headers: OCTETS });
    drawn = new DOMParser().parseFromString(textOf(picture), "image/svg+xml").documentElement;
  } catch (fault) {
    if (!(fault instanceof Fault)) reportError(fault);
  }
  if (shown !== one) return;
  if (drawn) byId("code").replaceChildren(document.adoptNode(drawn));
  tellDrawn(drawn !== undefined);
}

function tellDrawn(isDrawn) {
  tell("code-error", isDrawn ? "" : say("arrivals.no_code"));
  byId("draw").hidden = isDrawn;
}

/** Go back to the form, empty or to correct a declaration. */
function startForm(toCorrect) {
  setCorrected(toCorrect);
  if (toCorrect) byId("keep").checked = isKept(toCorrect);
  byId("receipt").hidden = true;
  byId("with-file").hidden = byId("declaring").hidden = false;
  view.letFill(byId("keep").checked);
  listKept();
}

/** Let the form correct a declaration, or none; one of a saved file can be withdrawn beside it. */
function setCorrected(one, { isOfFile = false } = {}) {
  [corrected, filed] = [one, isOfFile ? one : undefined];
  byId("correcting").hidden = one === undefined;
  byId("withdraw-file").hidden = !isOfFile;
  if (!isOfFile) byId("file").value = "";
  areGood([["file", ""]]);
}

/** List what this device keeps. */
function listKept() {
  const kept = keptAt(now());
  byId("kept").hidden = kept.length === 0;
  byId("kept-list").replaceChildren(
    ...kept.map((one) => {
      const said = receiptIn(one.receipt);
      const button = element("button", { type: "button", className: "quiet" }, say("arrivals.show"));
      button.addEventListener("click", () =>
        doing(button, async () => {
          showReceipt(one);
          await drawCode(one);
        }),
      );
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
  const isDone = readWithdrawalAnswer(await send("/v1/arrivals/withdrawals", body));
  if (!isDone) throw new Fault("policy", "unknown-declaration");
  forget(one, now());
  view.reset();
  startForm(undefined);
  tell("said", say("arrivals.withdrawn"));
  goTo("said");
}

/** Save the file with which a declaration can be corrected or withdrawn elsewhere. */
function save(one) {
  const address = URL.createObjectURL(new Blob([fileOf(one)], { type: "application/json" }));
  const name = `${say("arrivals.file_name")}-${one.declaration.slice(0, 8)}.json`;
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), FILE_IS_READ_MILLISECONDS);
}

/** Read the saved file that was chosen; what another one said counts no longer. */
async function readFile() {
  const [file] = byId("file").files;
  let one, problem = "";
  try {
    one = file && fromFile(await file.text());
  } catch {
    problem = say("arrivals.file_bad");
  }
  if (one || filed) setCorrected(one, { isOfFile: one !== undefined });
  areGood([["file", problem]]);
  if (one) goTo("correcting");
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
    doing(byId("send"), declare, "arrivals.failed");
  });
  byId("print").addEventListener("click", () => window.print());
  byId("keep").addEventListener("change", () => view.letFill(byId("keep").checked));
  byId("draw").addEventListener("click", () => doing(byId("draw"), () => drawCode(shown)));
  byId("save").addEventListener("click", () => save(shown));
  byId("correct").addEventListener("click", () => {
    startForm(shown);
    goTo("correcting");
  });
  byId("stop-correcting").addEventListener("click", () => startForm());
  for (const [id, one] of [
    ["withdraw", () => shown],
    ["withdraw-file", () => filed],
  ]) {
    const button = byId(id);
    button.addEventListener("click", () => doing(button, () => withdraw(one()), "arrivals.failed_withdrawal"));
  }
  byId("another").addEventListener("click", () => {
    view.reset();
    startForm(undefined);
  });
  byId("file").addEventListener("change", readFile);
  startForm(undefined);
}

begin().catch((fault) => {
  tell("failed", say("arrivals.not_loaded"));
  throw fault;
});
