/** Why a facility is in its state: the facts on its page from which the state follows. */

import { attestationOf, objectionsOf } from "./facility_record.js";

const FIRST_WEEKDAY = 3; // 1970-01-01 was a Thursday
const DAY_SECONDS = 86_400;

/** @param {number} day local @returns {number} 0 is Monday */
export const weekdayOf = (day) => (day + FIRST_WEEKDAY) % 7;

/** The first moment at which a local day is attested too late, in Unix seconds. */
export const deadlineOf = (day, { utc_offset_minutes: offset, deadline_minutes: deadline }) =>
  day * DAY_SECONDS + (deadline - offset) * 60;

/**
 * How each task of the checklist stands on a day.
 * @param {object} place the server's answer
 * @param {object[]} lines of its record
 * @param {number} day today, or one before
 * @returns {{task: object, done: object|undefined, standing: "done"|"absent"|"open"|"later"}[]}
 *   later: its period is not over; of a past day nobody tells that of a task that is not daily
 */
export function tasksOf({ tasks, today }, lines, day = today) {
  const act = attestationOf(lines, day)?.act;
  return tasks.map((task) => {
    const done = act?.done.find((each) => each.task === task.id);
    const isDue = day === today ? task.due : task.period_days === 1;
    return { task, done, standing: done ? "done" : act?.absent.includes(task.id) ? "absent" : isDue ? "open" : "later" };
  });
}

/**
 * The reasons for a state, the weightiest first; each names a text and its values.
 * @param {object} place
 * @param {object[]} lines
 * @param {object} settings
 * @returns {{reason: string, values?: object, tasks?: object[]}[]} empty where the page knows of none
 */
export function reasonsOf(place, lines, settings) {
  const { state } = place;
  if (state === "closed") return closedBecause(place, lines);
  if (state === "unsafe") return unsafeBecause(place, lines, settings);
  if (state === "contested") {
    const open = objectionsOf(lines).filter(({ line, verdict }) => !line.fault && !verdict);
    return open.length ? [{ reason: "contested", values: { count: open.length } }] : [];
  }
  const left = tasksOf(place, lines).filter(({ standing }) => standing === "open" || standing === "absent");
  const values = { deadline: deadlineOf(place.today, settings), count: left.length };
  if (state === "safe") return [{ reason: "safe" }];
  if (!attestationOf(lines, place.today)) return [{ reason: state === "due" ? "nothing_yet" : "nothing", values }];
  return left.length ? [{ reason: state === "due" ? "some_yet" : "some", values, tasks: left.map(({ task }) => task) }] : [];
}

function closedBecause({ today }, lines) {
  const good = lines.filter(({ fault }) => !fault);
  const acts = good.filter(({ act }) => ["closure", "opening"].includes(act.kind) && act.from_day <= today);
  const closure = acts.at(-1);
  if (closure?.act.kind === "closure" && (closure.act.until_day < 0 || today <= closure.act.until_day)) {
    return [{ reason: closure.act.until_day < 0 ? "closed_by_authority" : "closed_until", values: { until: closure.act.until_day, words: closure.words } }];
  }
  if (attestationOf(lines, today)?.act.closed) return [{ reason: "closed_today" }];
  const enrolment = good.findLast(({ act }) => act.kind === "enrolment")?.act;
  if (enrolment && today < enrolment.first_day) return [{ reason: "not_begun", values: { first: enrolment.first_day } }];
  return enrolment?.weekdays[weekdayOf(today)] === false ? [{ reason: "weekday" }] : [];
}

function unsafeBecause(place, lines, settings) {
  const isPast = place.now >= deadlineOf(place.today, settings);
  const upheld = objectionsOf(lines).filter(({ line, verdict }) => !line.fault && verdict === "upheld");
  const missing = tasksOf(place, lines).filter(({ task, standing }) => task.critical && (standing === "absent" || (isPast && standing === "open")));
  return [
    ...(upheld.length ? [{ reason: "upheld", values: { count: upheld.length } }] : []),
    ...(missing.length ? [{ reason: "critical", tasks: missing.map(({ task }) => task) }] : []),
  ];
}
