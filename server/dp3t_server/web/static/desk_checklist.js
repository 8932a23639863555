/** The checklist of the day: a tap for each task, a note, pictures; then sign. */

import { sha256, toHex } from "./bytes.js";
import { MAX_WORDS, isLine, lineOf, writeWords } from "./acts.js";
import { MAX_PHOTOS, allDone, attestationOf, countOf, draftOf, emptyDraft, isDue, marked } from "./desk_day.js";
import { counting, desk, today } from "./desk_state.js";
import { dayName, momentOf, number, roleWord, timeOf } from "./facility_words.js";
import { areGood, byId, element, given, goTo, now, say, tell } from "./page.js";

let draft;
/** Called with nothing once an attestation is signed and waits. */
let signed;

/** Connect the form once. */
export function prepareChecklist(whenSigned) {
  signed = whenSigned;
  byId("role").append(...Object.entries(given.roles).map(([role, name]) => element("option", { value: role }, name)));
  byId("all-done").addEventListener("click", () => keepDraft(allDone(draft, due(), now())));
  byId("closed").addEventListener("click", () => keepDraft({ ...draft, closed: !draft.closed }));
  byId("note").addEventListener("input", () => keepDraft({ ...draft, note: byId("note").value }, false));
  byId("photos").addEventListener("change", addPhotos);
  byId("correct").addEventListener("click", correct);
  byId("checklist").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  byId("sign").addEventListener("click", sign);
  byId("not-yet").addEventListener("click", () => byId("confirm").close());
}

/** Show today: what is attested, or the list. */
export async function showDay() {
  const day = today();
  const kept = draft ?? (await desk.store.recall("draft"));
  const isBegun = kept && (kept.day === day || draft);
  draft = isBegun ? kept : emptyDraft(day);
  const found = await counting(draft.day);
  byId("attested").hidden = !found;
  byId("checklist").hidden = Boolean(found && !draft.correcting) || !desk.checklist;
  if (found) showAttested(found);
  if (!byId("checklist").hidden) showList();
}

function showAttested({ act, waits, received }) {
  byId("attested-title").textContent = say("desk.attested", { day: dayName(act.day) });
  const named = new Set([...act.absent, ...act.done.map(({ task }) => task)]);
  const left = due().filter(({ id }) => !named.has(id)).length;
  const counts = { done: number(act.done.length), absent: number(act.absent.length), left: number(left) };
  const what = act.closed ? say("desk.attested_closed") : say("desk.attested_what", counts);
  byId("attested-what").textContent = `${what} ${waits ? say("desk.attested_waits") : say("desk.attested_received", { time: momentOf(received) })}`;
  byId("correct").hidden = Boolean(draft.correcting);
}

async function correct() {
  const { act, note } = await counting(draft.day);
  await keepDraft({ ...draftOf(act, note), correcting: true });
  await showDay();
  goTo("checklist-title");
}

/** The tasks that fall to the day, and the others. */
const due = () => desk.place.tasks.filter((task) => isDue(task, desk.place.today, draft.day));
const later = () => desk.place.tasks.filter((task) => !isDue(task, desk.place.today, draft.day));

function showList() {
  byId("checklist-title").textContent = draft.correcting
    ? say("desk.correction", { day: dayName(draft.day) })
    : draft.day === today()
      ? say("desk.checklist")
      : say("facilities.tasks_on", { day: dayName(draft.day) });
  byId("checklist").classList.toggle("is-closed", draft.closed);
  byId("closed").ariaPressed = String(draft.closed);
  const [mine, others] = [due(), later()];
  redraw("tasks", mine);
  redraw("later-tasks", others);
  byId("later").hidden = others.length === 0 || draft.closed;
  if (byId("note").value !== draft.note) byId("note").value = draft.note;
  byId("photo-list").replaceChildren(...draft.photos.map(photoElement));
  const { done, left, all } = countOf(draft, mine);
  byId("progress").textContent = draft.closed ? say("desk.count_closed") : say("desk.count", { done: number(done), all: number(all) });
  byId("attest").textContent = draft.correcting ? say("desk.attest_correction") : say("desk.attest");
  return { done, left };
}

/** Make the tasks of a list once, then only say how they stand: the focus stays where it is. */
function redraw(id, tasks) {
  const list = byId(id);
  const names = tasks.map((task) => task.id).join(" ");
  if (list.dataset.tasks !== names) {
    list.dataset.tasks = names;
    list.replaceChildren(...tasks.map(taskElement));
  }
  tasks.forEach((task, at) => showTask(list.children[at], task));
}

function taskElement(task) {
  const tags = [
    ...(task.critical ? [element("span", { className: "tag" }, say("facilities.critical"))] : []),
    ...(task.period_days > 1 ? [element("span", { className: "tag" }, say("facilities.every", { days: number(task.period_days) }))] : []),
  ];
  const words = element("span", { className: "text" }, task.text[given.language], ...tags, element("small"));
  const tap = element("button", { type: "button", className: "tap" }, element("span", { className: "box", ariaHidden: "true" }), words);
  const not = element("button", { type: "button", className: "not", ariaLabel: say("desk.not_done_of", { task: task.text[given.language] }) }, say("desk.not_done"));
  tap.addEventListener("click", () => mark(task, "done"));
  not.addEventListener("click", () => mark(task, "absent"));
  return element("li", {}, tap, not);
}

function showTask(item, task) {
  const [tap, not] = item.children;
  const standing = draft.marks[task.id];
  tap.ariaPressed = String(standing?.standing === "done");
  not.ariaPressed = String(standing?.standing === "absent");
  tap.querySelector(".box").textContent = standing?.standing === "done" ? "✓" : "";
  const role = standing?.role || task.role;
  const time = standing?.standing === "done" ? say("facilities.done_by", { role: roleWord(role), time: timeOf(standing.at) }) : roleWord(role);
  tap.querySelector("small").textContent = time;
}

function mark(task, standing) {
  const again = draft.marks[task.id]?.standing === standing ? "" : standing;
  const role = byId("role").value || task.role;
  keepDraft(marked(draft, task.id, again, { role: again === "done" ? role : "", at: again === "done" ? now() : 0 }));
}

/** Keep the draft in this browser, so that a page that was closed goes on where it was. */
function keepDraft(changed, redrawn = true) {
  draft = changed;
  if (redrawn) showList();
  return desk.store.keep("draft", draft);
}

async function addPhotos() {
  const digests = await Promise.all([...byId("photos").files].map(async (file) => toHex(await sha256(await file.arrayBuffer()))));
  byId("photos").value = "";
  const photos = [...new Set([...draft.photos, ...digests])];
  tell("photos-error", photos.length > MAX_PHOTOS ? say("acting.too_many_photos") : "");
  if (photos.length <= MAX_PHOTOS) await keepDraft({ ...draft, photos });
}

function photoElement(photo) {
  const remove = element("button", { type: "button", className: "quiet", ariaLabel: say("desk.remove_photo_of", { photo: photo.slice(0, 16) }) }, say("desk.remove_photo"));
  remove.addEventListener("click", () => keepDraft({ ...draft, photos: draft.photos.filter((each) => each !== photo) }));
  return element("li", {}, element("span", { className: "digest" }, `${photo.slice(0, 16)}…`), remove);
}

const noteTyped = () => lineOf(byId("note").value);

/** Say once more what will be public, before it is signed [DESK-PAGE-6]. */
function ask() {
  const note = noteTyped();
  if (!areGood([["note", note && !isLine(note, MAX_WORDS) ? say("acting.no_line") : ""]])) return;
  const { done, left } = showList();
  byId("confirm-title").textContent = say("desk.confirm", { day: dayName(draft.day) });
  const values = { done: number(done), left: number(left), name: desk.place.facility.name };
  byId("confirm-what").textContent = draft.closed ? say("desk.confirm_closed", values) : say("desk.confirm_what", values);
  const absent = draft.closed ? [] : desk.place.tasks.filter(({ id }) => draft.marks[id]?.standing === "absent");
  byId("confirm-absent").replaceChildren(...absent.map(({ text }) => element("li", {}, say("desk.confirm_absent", { task: text[given.language] }))));
  byId("confirm").showModal();
}

async function sign() {
  byId("confirm").close();
  const { words, commitment } = await writeWords(noteTyped());
  await signed(async (end) => {
    const corrected = await counting(draft.day);
    const place = { region: given.region, made: now(), end };
    const how = { place, facility: desk.key.facility, checklist: desk.checklist, corrected, commitment };
    return { act: attestationOf(draft, how), words };
  });
}

/** Begin anew: what was said is signed now. */
export async function forgetDraft() {
  draft = undefined;
  await desk.store.keep("draft", undefined);
}
