/** How the pages of facilities say states, kinds, days, moments and numbers. */

import { element, given, say } from "./page.js";
import { shapeElement } from "./facility_states.js";

const STATE_WORDS = {
  unsafe: "facilities.unsafe",
  contested: "facilities.contested",
  overdue: "facilities.overdue",
  due: "facilities.due",
  safe: "facilities.safe",
  closed: "facilities.closed",
};
const MINUTE_MILLISECONDS = 60_000;
const DAY_MILLISECONDS = 86_400_000;
/** English as one writes days in it outside America: the day, then the month. */
const LOCALE = given.language === "en" ? "en-GB" : given.language;
const numbers = new Intl.NumberFormat(LOCALE);
let offsetMinutes = 420;

/** Say by which clock the place lives, in minutes before UTC. */
export function setClock(minutes) {
  offsetMinutes = minutes;
}

export const stateWord = (state) => say(STATE_WORDS[state]);

/** A kind in the page's language; one that we have no word for as the authority writes it. */
export const kindWord = (kind) => (Object.hasOwn(given.kinds, kind) ? given.kinds[kind] : kind);

/** A role in the page's language, or as the authority writes it. */
export const roleWord = (role) => (Object.hasOwn(given.roles, role) ? given.roles[role] : role);

export const number = (value) => numbers.format(value);

/** The shape of a state, and the state in words. */
export const stateElement = (state) => element("span", { className: `state ${state}` }, shapeElement(state), element("span", {}, stateWord(state)));

/** The time of day. */
export const timeOf = (seconds) => written(seconds, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** The day and the time of day. */
export const momentOf = (seconds) => written(seconds, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

/** The local day that holds a moment. */
export const dayOf = (seconds) => Math.floor((seconds + offsetMinutes * 60) / 86_400);

/** A local day with its weekday. */
export const dayName = (day) => writtenDay(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** A local day, short. */
export const shortDay = (day) => writtenDay(day, { weekday: "short", day: "numeric", month: "numeric" });

export function writtenDay(day, how) {
  return new Intl.DateTimeFormat(LOCALE, { ...how, timeZone: "UTC" }).format(new Date(day * DAY_MILLISECONDS));
}

function written(seconds, how) {
  const moment = new Date(seconds * 1_000 + offsetMinutes * MINUTE_MILLISECONDS);
  return new Intl.DateTimeFormat(LOCALE, { ...how, timeZone: "UTC" }).format(moment);
}
