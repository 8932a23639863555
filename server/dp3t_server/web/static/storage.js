/** What this browser keeps of a region; the regions of a server share an origin [ARRIVALS-PAGE-22]. */

import { given } from "./page.js";

/** The name under which this browser keeps something of this page's region, and of no other. */
export const placeOf = (name) => `${name}${given.path}`;

/** What is kept under a name; null where nothing is, or nothing of ours. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(placeOf(name)) ?? "null");
  } catch {
    return null;
  }
}

/** Keep something; false where this browser does not: it is full, or keeps nothing, as some private windows. */
export function remember(name, value) {
  try {
    localStorage.setItem(placeOf(name), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Erase what is kept under a name. */
export function erase(name) {
  try {
    localStorage.removeItem(placeOf(name));
  } catch {
    // a browser that keeps nothing has nothing to erase
  }
}
