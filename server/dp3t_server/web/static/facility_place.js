/** The page of one facility: its state and why, its days, its tasks, objections, and its record. */

import { showCalendar } from "./facility_calendar.js";
import { fromJson, keysOf, readChanges, rowOf } from "./facility_files.js";
import { showObjections, showRecord } from "./facility_acts.js";
import { fail, fetchRegion, follow } from "./facility_page.js";
import { reasonsOf, tasksOf } from "./facility_reasons.js";
import { objectionsOf, openRecord } from "./facility_record.js";
import { shapeElement } from "./facility_states.js";
import { dayName, dayOf, kindWord, number, roleWord, stateWord, timeOf, momentOf } from "./facility_words.js";
import { ask, byId, element, facts, given, say, tell } from "./page.js";

const NEAR_POWER = 23;
const MICRO = 1_000_000;
const CALMED = 400;
/** For how long a place's acts are listed without exception: its calendar. */
const LISTED_SECONDS = 42 * 86_400;

const id = decodeURIComponent(location.pathname.split("/").at(-1));
let settings;
/** The authority's keys, region and what the server said last. */
let authorities, place, lines;
/** The day whose tasks are shown; undefined for today. */
let shownDay;

/** Fetch the facility, open its record, and show both; return what is known then. */
async function load() {
  const told = await fetchRegion();
  [settings, authorities] = [told.settings, keysOf(told.authorities)];
  place = fromJson(await ask(`/v1/facilities/places/${encodeURIComponent(id)}`));
  rowOf({ ...place.facility, state: place.state });
  const since = place.now - LISTED_SECONDS;
  const expected = { facility: id, region: given.region, authorities, end: place.chain, since };
  const opened = await openRecord(place.acts, expected);
  lines = opened.lines;
  await show(opened.whole);
  return { acts: told.acts, made: place.now };
}

async function show(whole) {
  byId("place").hidden = false;
  document.querySelector("h1").textContent = place.facility.name;
  document.title = `${place.facility.name} · ${document.title.split(" · ").at(-1)}`;
  tell("doubt", doubtOf(lines, whole));
  byId("about").textContent = `${kindWord(place.facility.facility_kind)} · ${place.facility.address}`;
  showState();
  byId("facts").replaceChildren(...facts(factsOf(place.facility)));
  byId("on-map").href = mapAddress(place.facility);
  showDays();
  await showObjections(objectionsOf(lines), lines, taskText);
  showRecord(lines);
}

function showState() {
  const { state } = place;
  byId("state").className = `panel verdict-of ${state}`;
  byId("state-shape").replaceChildren(shapeElement(state));
  byId("state-word").textContent = stateWord(state);
  const reasons = reasonsOf(place, lines, settings);
  const said = reasons.length ? reasons.map(reasonElement) : [element("li", {}, say("facilities.why_unknown"))];
  byId("reasons").replaceChildren(...said);
  byId("as-of").textContent = say("facilities.as_of", { time: momentOf(place.now) });
}

const REASONS = {
  closed_by_authority: "facilities.why_closed_by_authority",
  closed_until: "facilities.why_closed_until",
  closed_today: "facilities.why_closed_today",
  not_begun: "facilities.why_not_begun",
  weekday: "facilities.why_weekday",
  upheld: "facilities.why_upheld",
  critical: "facilities.why_critical",
  contested: "facilities.why_contested",
  safe: "facilities.why_safe",
  nothing: "facilities.why_nothing",
  nothing_yet: "facilities.why_nothing_yet",
  some: "facilities.why_some",
  some_yet: "facilities.why_some_yet",
};

/** A reason in words, with the tasks it is about. */
function reasonElement({ reason, values = {}, tasks = [] }) {
  const said = say(REASONS[reason], {
    count: number(values.count ?? 0),
    deadline: values.deadline === undefined ? "" : timeOf(values.deadline),
    until: values.until === undefined ? "" : dayName(values.until),
    first: values.first === undefined ? "" : dayName(values.first),
  });
  const words = values.words ? [element("p", { className: "words" }, values.words)] : [];
  const list = tasks.length ? [element("ul", {}, ...tasks.map(({ text }) => element("li", {}, text[given.language])))] : [];
  return element("li", {}, said, ...words, ...list);
}

function factsOf({ commune, facility, latitude, longitude }) {
  return [
    [say("facilities.commune"), commune],
    [say("facilities.coordinates"), `${(latitude / MICRO).toFixed(5)}, ${(longitude / MICRO).toFixed(5)}`],
    [say("facilities.id"), facility],
  ];
}

/** Where the map shows this facility. */
function mapAddress({ latitude, longitude }) {
  const at = `${(latitude / MICRO).toFixed(5)},${(longitude / MICRO).toFixed(5)},${NEAR_POWER}`;
  return `${given.path}/facilities/${given.language}/#${new URLSearchParams({ at })}`;
}

/** What to say where not everything verifies; "" where it does. */
function doubtOf(all, whole) {
  const bad = all.filter(({ fault, withoutWords }) => fault || withoutWords === "altered").length;
  return [bad ? say("facilities.doubt", { count: number(bad) }) : "", whole ? "" : say("facilities.gap")].filter(Boolean).join(" ");
}

/** Show the days, and the tasks of the chosen one. */
function showDays() {
  const day = shownDay ?? place.today;
  showCalendar(place, day, (chosen) => {
    shownDay = chosen === place.today ? undefined : chosen;
    showDays();
  });
  byId("tasks-title").textContent = day === place.today ? say("facilities.tasks_today") : say("facilities.tasks_on", { day: dayName(day) });
  const tasks = tasksOf(place, lines, day).map((each) => taskElement(each, day));
  byId("tasks").replaceChildren(...tasks);
}

const STANDINGS = {
  done: ["✓", "facilities.done"],
  absent: ["✗", "facilities.not_done"],
  open: ["○", "facilities.open"],
  later: ["–", "facilities.not_due"],
};

function taskElement({ task, done, standing }, day) {
  const [sign, word] = STANDINGS[standing];
  const said = done ? say("facilities.done_by", { role: roleWord(done.role), time: dayOf(done.at) === day ? timeOf(done.at) : momentOf(done.at) }) : say(word);
  const more = [
    ...(task.critical ? [element("span", { className: "tag" }, say("facilities.critical"))] : []),
    ...(task.period_days > 1 ? [element("span", { className: "tag" }, say("facilities.every", { days: number(task.period_days) }))] : []),
  ];
  return element(
    "li",
    { className: standing },
    element("span", { className: "sign", ariaHidden: "true" }, sign),
    element("div", {}, element("p", {}, task.text[given.language], ...more), element("p", { className: "where" }, said)),
  );
}

/** The words of a task; its name where this checklist has it no more. */
const taskText = (task) => place.tasks.find((each) => each.id === task)?.text[given.language] ?? task;

/** Take changes; those of other facilities are nothing to this page. */
let planned;
function take(text) {
  const { changed, acts, now: made } = readChanges(text);
  if (changed.some(({ facility }) => facility === id)) {
    clearTimeout(planned);
    planned = setTimeout(() => load().catch(fail), CALMED);
  }
  return { acts, made };
}

load()
  .then((known) => follow(known, { changed: take, reload: load }))
  .catch(fail);
