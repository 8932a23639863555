/** The calendar of a facility: six weeks of days, each with its state, each to be chosen. */

import { weekdayOf } from "./facility_reasons.js";
import { shapeElement, STATES } from "./facility_states.js";
import { dayName, stateWord, writtenDay } from "./facility_words.js";
import { byId, element, say } from "./page.js";

const WEEK = 7;
const DAY_MILLISECONDS = 86_400_000;

/**
 * Show the days.
 * @param {{days: {day: number, state: string, late: boolean, missing: boolean}[], today: number}} place
 * @param {number} chosen
 * @param {(day: number) => void} choose
 */
export function showCalendar({ days, today }, chosen, choose) {
  const held = byId("calendar").contains(document.activeElement);
  const first = days[0]?.day ?? today;
  const monday = first - weekdayOf(first);
  byId("weekdays").replaceChildren(...Array.from({ length: WEEK }, (_, at) => element("span", {}, writtenDay(monday + at, { weekday: "short" }))));
  byId("calendar").replaceChildren(...days.map((each) => dayElement(each, { today, chosen, choose })));
  byId("calendar").firstChild?.style.setProperty("grid-column-start", weekdayOf(first) + 1);
  const states = STATES.filter((state) => days.some((each) => each.state === state));
  byId("legend").replaceChildren(...states.map((state) => element("li", {}, shapeElement(state), " ", stateWord(state))), ...lateLegend(days));
  if (held) byId("calendar").querySelector("[aria-pressed='true']")?.focus();
}

function lateLegend(days) {
  return days.some(({ late }) => late) ? [element("li", {}, element("span", { className: "late-mark" }, "+"), " ", say("facilities.late"))] : [];
}

/** The day of the month; of the first with its month. */
function dateOf(day) {
  const moment = new Date(day * DAY_MILLISECONDS);
  const date = moment.getUTCDate();
  return date === 1 ? `1/${moment.getUTCMonth() + 1}` : String(date);
}

function dayElement({ day, state, late, missing }, { today, chosen, choose }) {
  const remark = missing ? say("facilities.missing") : late ? say("facilities.late") : "";
  const said = [dayName(day), stateWord(state), remark].filter(Boolean).join(", ");
  const button = element("button", { type: "button", className: `day ${state}`, title: said });
  button.append(
    element("span", { className: "unseen" }, said),
    element("span", { className: "date", ariaHidden: "true" }, dateOf(day)),
    shapeElement(state),
    ...(late ? [element("span", { className: "late-mark", ariaHidden: "true" }, "+")] : []),
  );
  button.setAttribute("aria-pressed", String(day === chosen));
  if (day === today) button.setAttribute("aria-current", "date");
  button.addEventListener("click", () => choose(day));
  return element("li", {}, button);
}
