/** What a facility attests for a day, from the taps on its page. */

import { Fault, require } from "./bytes.js";
import { headOf } from "./acts.js";

export const MAX_PHOTOS = 8;

/**
 * @typedef {object} Draft
 * @property {number} day local
 * @property {Record<string, {standing: "done"|"absent", role: string, at: number}>} marks by task
 * @property {boolean} closed
 * @property {string} note
 * @property {string[]} photos SHA-256, hexadecimal
 */

/** @returns {Draft} a day of which nothing is said yet */
export const emptyDraft = (day) => ({ day, marks: {}, closed: false, note: "", photos: [] });

/**
 * Whether a task falls to a day: as the server said on that day, or by when it was done last.
 * @param {object} task as the server tells it
 * @param {number} told the local day on which it was told
 * @param {number} day
 */
export function isDue({ due, period_days: period, last_done_day: last }, told, day) {
  if (day === told || period === 1) return due || period === 1;
  return last < 0 || day - last >= period;
}

/** The draft that says what an attestation of that day said. */
export function draftOf(act, note = "") {
  const marks = {};
  for (const { task, role, at } of act.done) marks[task] = { standing: "done", role, at };
  for (const task of act.absent) marks[task] = { standing: "absent", role: "", at: 0 };
  return { day: act.day, marks, closed: act.closed, note, photos: [...act.photos] };
}

/** A draft with another standing of a task; "" takes it back. */
export function marked(draft, task, standing, { role, at }) {
  const marks = { ...draft.marks };
  if (standing) marks[task] = { standing, role, at };
  else delete marks[task];
  return { ...draft, marks };
}

/** A draft in which every task of some is done that nobody has said anything of. */
export function allDone(draft, tasks, at) {
  const left = tasks.filter(({ id }) => !(id in draft.marks));
  return left.reduce((made, task) => marked(made, task.id, "done", { role: task.role, at }), draft);
}

/** How many tasks are done, not done, and left. */
export function countOf(draft, tasks) {
  const standings = tasks.map(({ id }) => draft.marks[id]?.standing);
  const count = (which) => standings.filter((each) => each === which).length;
  return { done: count("done"), absent: count("absent"), left: count(undefined), all: tasks.length };
}

/**
 * The attestation that says a draft [ATTESTATION-1].
 * @param {Draft} draft
 * @param {object} how
 * @param {{region: string, made: number, end: object}} how.place in the chain
 * @param {string} how.facility
 * @param {{checklist: number, tasks: {id: string}[]}} how.checklist
 * @param {object|undefined} how.corrected the attestation of the day that this one replaces, with its digest
 * @param {string} how.commitment to the note
 */
export function attestationOf(draft, { place, facility, checklist, corrected, commitment }) {
  const known = new Set(checklist.tasks.map(({ id }) => id));
  const names = draft.closed ? [] : Object.keys(draft.marks).filter((id) => known.has(id)).sort();
  const standing = (which) => names.filter((id) => draft.marks[id].standing === which);
  require(draft.photos.length <= MAX_PHOTOS, "too many photos", "limit");
  return {
    ...headOf("attestation", place),
    absent: standing("absent"),
    checklist: checklist.checklist,
    closed: draft.closed,
    corrects: corrected?.digest ?? "",
    day: draft.day,
    done: standing("done").map((id) => doneOf(id, draft.marks[id], place.made)),
    facility,
    photos: draft.photos,
    presence: corrected?.act.presence ?? "",
    words: commitment,
  };
}

function doneOf(task, { role, at }, made) {
  if (!role) throw new Fault("malformed", "no role");
  return { at: Math.min(at, made), role, task };
}
