/** The map of facilities: fetch, show, filter, choose, and follow changes as they happen. */

import { Fault } from "./bytes.js";
import { outlinesOf } from "./boundaries.js";
import { Facilities } from "./facility_filter.js";
import { fromJson, keysOf, openMap, readChanges } from "./facility_files.js";
import { aboutRow, FacilityList, placeOf } from "./facility_list.js";
import { fail, fetchRegion, follow } from "./facility_page.js";
import { shapeElement, STATES } from "./facility_states.js";
import { kindWord, number, stateWord, timeOf } from "./facility_words.js";
import { fromFragment, toFragment } from "./map_address.js";
import { MapCanvas } from "./map_canvas.js";
import { letMove, moveByKey } from "./map_gestures.js";
import { ask, byId, element, given, say, tell } from "./page.js";
import { boundsOf, latitudeAt, longitudeAt, View, worldX, worldY } from "./projection.js";

/** How near one comes to a facility that is chosen in the list: about 5 m in a pixel. */
const NEAR = 2 ** 23;
const TYPING = 120;
const MOVING = 200;
const GATHERING = 400;
const TELLING = 5_000;
const SPEAKING = 30_000;

const view = new View();
const map = new MapCanvas(byId("canvas"), view);
const list = new FacilityList((at) => choose(at, { centred: true }));
const { wish, view: begunWith } = fromFragment(location.hash);
let facilities = new Facilities([]);
let chosen = "";
/** Whether the person has moved the map; until then it shows the whole. */
let moved = begunWith !== undefined;

/** Fetch the signed map and show it; return it. */
async function load() {
  const opened = await openMap(await ask("/v1/facilities/map"), keysOf(given.signers), given.region);
  facilities = new Facilities(opened.facilities);
  setHome();
  update();
  return opened;
}

/** The whole: the boundaries, or else the facilities. */
function setHome() {
  const corners = map.outlines.map(({ bounds }) => bounds);
  const xs = corners.length ? corners.flatMap(({ left, right }) => [left, right]) : facilities.xs;
  const ys = corners.length ? corners.flatMap(({ top, bottom }) => [top, bottom]) : facilities.ys;
  view.setHome(boundsOf(xs, ys) ?? view.home);
  if (!moved) view.goHome();
}

/** Show what is wanted now: on the map, in the list, in the counts. */
function update({ live = false } = {}) {
  const found = facilities.select(wish);
  map.show(facilities, found.wanted, found.count);
  map.selected = facilities.places.get(chosen) ?? -1;
  const inView = byId("in-view").checked;
  const places = facilities.ordered(inView ? seenOf(found.wanted) : found.wanted);
  if (live) list.refresh(facilities, places);
  else list.show(facilities, places);
  fillStates(found.states);
  fillKinds(found.kinds);
  showCard();
  tell("shown", summary(found, places.length, inView));
  if (!live) tell("said", byId("shown").textContent);
}

/** Of the wanted, those that lie in the picture. */
function seenOf(wanted) {
  const seen = new Uint8Array(wanted.length);
  facilities.grid.eachIn(view.seen(), (at) => {
    seen[at] = wanted[at];
  });
  return seen;
}

function summary({ count, states }, listed, inView) {
  const all = number(facilities.rows.length);
  const bad = ["unsafe", "contested"].filter((state) => states[state] && (!wish.states.size || wish.states.has(state)));
  const said = inView
    ? say("facilities.count_in_view", { listed: number(listed), count: number(count) })
    : say("facilities.count", { count: number(count), all });
  return [said, ...bad.map((state) => `${stateWord(state)}: ${number(states[state])}`)].join(" · ");
}

/** The states as buttons, which are the legend too. */
function fillStates(counts) {
  const place = byId("states");
  if (!place.children.length) place.append(...STATES.map(stateButton));
  STATES.forEach((state, at) => {
    const button = place.children[at];
    button.setAttribute("aria-pressed", String(wish.states.has(state)));
    button.lastChild.textContent = number(counts[state]);
  });
}

function stateButton(state) {
  const button = element("button", { type: "button", className: "chip" }, shapeElement(state), element("span", {}, stateWord(state)), " ", element("span", { className: "much" }));
  button.addEventListener("click", () => {
    if (!wish.states.delete(state)) wish.states.add(state);
    update();
  });
  return button;
}

function fillKinds(counts) {
  const place = byId("kind");
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const options = [["", say("facilities.every_kind"), all], ...[...counts].map(([kind, count]) => [kind, kindWord(kind), count])];
  if (place.options.length !== options.length) place.replaceChildren(...options.map(([value]) => element("option", { value })));
  options.forEach(([value, said, count], at) => {
    Object.assign(place.options[at], { value, textContent: `${said} (${number(count)})` });
  });
  place.value = wish.kind;
}

/** Show one facility on the map and on a card; -1 for none. */
function choose(at, { centred = false } = {}) {
  chosen = at < 0 ? "" : facilities.rows[at].facility;
  map.selected = at;
  if (at >= 0 && centred) {
    moved = true;
    view.centre(facilities.xs[at], facilities.ys[at], NEAR);
    byId("map").scrollIntoView({ block: "nearest" });
    wasMoved();
  }
  showCard();
  map.repaint();
  if (centred) byId("card-name").focus({ preventScroll: true });
}

function showCard() {
  const row = facilities.rows[facilities.places.get(chosen) ?? -1];
  byId("card").hidden = !row;
  if (!row) return;
  const link = byId("card-name");
  if (link.textContent !== row.name) link.textContent = row.name;
  link.href = placeOf(row.facility);
  byId("card-about").replaceChildren(...aboutRow(row));
}

/** Leave the card, back to where the map is moved by keys. */
function leave() {
  const hadFocus = byId("card").contains(document.activeElement);
  choose(-1);
  if (hadFocus) byId("map").focus({ preventScroll: true });
}

const wasMoved = later(() => {
  moved = true;
  if (byId("in-view").checked) update();
}, MOVING);

/**
 * Keep what is shown in the address, so that one comes back to it from a facility's page. Only when
 * the page is left: browsers fetch its icon again with each change, and that would tell of it.
 */
function remember() {
  const at = moved ? { latitude: latitudeAt(view.y), longitude: longitudeAt(view.x), scale: view.scale } : undefined;
  history.replaceState(null, "", `${location.pathname}${toFragment(wish, at)}`);
  document.querySelectorAll(".languages a").forEach((link) => {
    link.hash = location.hash;
  });
}

/** Take changes of the stream; return what is known then. */
function take(text) {
  const { changed, acts, now: at } = readChanges(text);
  const places = changed.map((row) => facilities.change(row));
  if (places.includes(-1)) throw new Fault("malformed", "other facilities");
  if (changed.length) showChanges();
  if (changed.length) news(changed.at(-1), at);
  return { acts, made: at };
}

/** Changes that come one upon another are shown together, but not put off by those that follow. */
let shows = false;
function showChanges() {
  if (shows) return;
  shows = true;
  setTimeout(() => {
    shows = false;
    update({ live: true });
  }, GATHERING);
}

/** Show the latest change now and then, and more rarely say it to whoever listens to the page. */
let [told, spoken] = [0, 0];
let waiting;
function news(row, at) {
  clearTimeout(waiting);
  const telling = () => {
    told = Date.now();
    const said = say("facilities.changed", { time: timeOf(at), name: row.name, state: stateWord(row.state) });
    tell("news", said);
    if (told - spoken < SPEAKING) return;
    spoken = told;
    tell("said", said);
  };
  waiting = setTimeout(telling, Math.max(0, told + TELLING - Date.now()));
}

/** A task that runs once things have been quiet for so many milliseconds. */
function later(task, wait) {
  let planned;
  return () => {
    clearTimeout(planned);
    planned = setTimeout(task, wait);
  };
}

function listen() {
  letMove(byId("map"), map, { moved: wasMoved, chosen: (at, byKey) => choose(at, { centred: byKey && at >= 0 }), left: leave });
  for (const [id, key] of [["nearer", "+"], ["farther", "-"], ["whole", "Home"]]) {
    byId(id).addEventListener("click", () => {
      moveByKey(view, key);
      map.draw();
      wasMoved();
    });
  }
  byId("search").value = wish.typed;
  const searched = later(update, TYPING);
  byId("search").addEventListener("input", () => {
    wish.typed = byId("search").value;
    searched();
  });
  byId("kind").addEventListener("change", () => {
    wish.kind = byId("kind").value;
    update();
  });
  byId("in-view").addEventListener("change", () => update());
  byId("everything").addEventListener("submit", (event) => event.preventDefault());
  byId("everything").addEventListener("reset", () => {
    Object.assign(wish, { typed: "", kind: "" });
    wish.states.clear();
    setTimeout(update);
  });
  byId("card-close").addEventListener("click", leave);
  byId("card").addEventListener("keydown", ({ key }) => key === "Escape" && leave());
  addEventListener("beforeunload", remember);
  document.addEventListener("click", ({ target }) => target.closest("a[href]") && remember(), { capture: true });
  new ResizeObserver(() => {
    map.resize();
    if (!moved) view.goHome();
  }).observe(byId("map"));
}

/** Fetch what the page begins with, show it, and follow it. */
async function begin() {
  tell("failed", "");
  byId("again").hidden = true;
  try {
    const [outlines] = await Promise.all([
      given.boundaries ? ask("/v1/facilities/boundaries").then(fromJson).then(outlinesOf) : [],
      fetchRegion(),
    ]);
    map.outlines = outlines;
    follow(await load(), { changed: take, reload: load });
  } catch (fault) {
    tell("shown", "");
    byId("again").hidden = false;
    fail(fault);
  }
}

map.number = number;
map.resize();
if (begunWith) {
  [view.x, view.y, view.scale] = [worldX(begunWith.longitude), worldY(begunWith.latitude), begunWith.scale];
}
listen();
byId("again").addEventListener("click", begin);
begin();
