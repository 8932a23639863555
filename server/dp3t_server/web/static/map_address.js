/** What a map shows, as the part of its address that is never sent: `#q=…&state=…&at=…`. */

import { STATES } from "./facility_states.js";

const MICRO = 1_000_000;

/**
 * @param {{typed: string, kind: string, states: Set<string>}} wish
 * @param {{latitude: number, longitude: number, scale: number}|undefined} view in microdegrees; undefined for the whole
 * @returns {string} "" for everything as at first
 */
export function toFragment({ typed, kind, states }, view) {
  const said = new URLSearchParams();
  if (typed) said.set("q", typed);
  if (kind) said.set("kind", kind);
  if (states.size) said.set("state", STATES.filter((state) => states.has(state)).join("."));
  if (view) {
    const { latitude, longitude, scale } = view;
    said.set("at", `${(latitude / MICRO).toFixed(5)},${(longitude / MICRO).toFixed(5)},${Math.log2(scale).toFixed(2)}`);
  }
  return said.size ? `#${said}` : "";
}

/** What a fragment says; whatever is no such thing in it is left out. */
export function fromFragment(fragment) {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const states = new Set((said.get("state") ?? "").split(".").filter((state) => STATES.includes(state)));
  const [latitude, longitude, power] = (said.get("at") ?? "").split(",").map((each) => (each ? Number(each) : NaN));
  const isPlace = Math.abs(latitude) <= 85 && Math.abs(longitude) <= 180 && power >= 8 && power <= 31;
  const view = isPlace ? { latitude: latitude * MICRO, longitude: longitude * MICRO, scale: 2 ** power } : undefined;
  return { wish: { typed: said.get("q") ?? "", kind: said.get("kind") ?? "", states }, view };
}
