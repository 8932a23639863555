/** The list beside the map: the same facilities, a page of them at a time. */

import { byId, element, given, goTo, say } from "./page.js";
import { aimElement } from "./facility_states.js";
import { kindWord, number, stateElement } from "./facility_words.js";

const PER_PAGE = 40;

/** Where the page of a facility is. */
export const placeOf = (facility) => `${given.path}/facilities/${given.language}/places/${encodeURIComponent(facility)}`;

/** A list in pages, which stays as it is while somebody is in it. */
export class FacilityList {
  /** @param {(at: number) => void} choose shows a facility on the map */
  constructor(choose) {
    this.choose = choose;
    [this.places, this.first] = [[], 0];
    byId("list-before").addEventListener("click", () => this.turn(-PER_PAGE));
    byId("list-after").addEventListener("click", () => this.turn(PER_PAGE));
  }

  /** Show other places, from the first on. */
  show(facilities, places) {
    [this.facilities, this.places, this.first] = [facilities, places, 0];
    this.fill();
  }

  /** Show changed rows; the order changes only while nobody is in the list. */
  refresh(facilities, places) {
    this.facilities = facilities;
    if (byId("list").matches(":hover, :focus-within")) {
      for (const item of byId("list").children) this.restate(item);
      return;
    }
    this.places = places;
    this.first = Math.min(this.first, Math.max(0, Math.ceil(places.length / PER_PAGE) - 1) * PER_PAGE);
    this.fill();
  }

  /** Say the state of an item anew; what may have the focus stays. */
  restate(item) {
    const row = this.facilities.rows[Number(item.dataset.at)];
    item.className = row.state;
    item.querySelector(".standing").replaceWith(aboutRow(row)[0]);
  }

  turn(by) {
    const first = this.first + by;
    if (first < 0 || first >= this.places.length) return;
    this.first = first;
    this.fill();
    goTo("list-title");
  }

  fill() {
    const shown = this.places.slice(this.first, this.first + PER_PAGE);
    byId("list").replaceChildren(...shown.map((at) => this.item(at)));
    byId("list").start = this.first + 1;
    const until = this.first + shown.length;
    byId("list-range").textContent = shown.length
      ? say("facilities.range", { from: number(this.first + 1), until: number(until), count: number(this.places.length) })
      : say("facilities.none");
    byId("list-pages").hidden = this.places.length <= PER_PAGE;
    byId("list-before").disabled = this.first === 0;
    byId("list-after").disabled = until >= this.places.length;
  }

  item(at) {
    const row = this.facilities.rows[at];
    const named = element("a", { href: placeOf(row.facility), className: "place-name" }, row.name);
    const onMap = element("button", { type: "button", className: "quiet on-map", title: say("facilities.on_map") });
    onMap.append(element("span", { className: "unseen" }, say("facilities.on_map_of", { name: row.name })), aimElement());
    onMap.addEventListener("click", () => this.choose(at));
    const item = element("li", { className: row.state }, element("div", {}, named, ...aboutRow(row)), onMap);
    item.dataset.at = at;
    return item;
  }
}

/** What a row says beside the name. */
export function aboutRow(row) {
  const remarks = [
    row.objections ? say("facilities.objections_open", { count: number(row.objections) }) : "",
    row.late ? say("facilities.late") : "",
  ].filter(Boolean);
  return [
    element("p", { className: "standing" }, stateElement(row.state), ...remarks.map((remark) => element("span", { className: "remark" }, remark))),
    element("p", { className: "where" }, `${kindWord(row.facility_kind)} · ${row.address}`),
  ];
}
