/** What both pages of facilities do alike: follow the stream, say whether it stands, say what went wrong. */

import { Fault } from "./bytes.js";
import { isMap } from "./canonical.js";
import { fromJson } from "./facility_files.js";
import { Live } from "./facility_live.js";
import { setClock, timeOf } from "./facility_words.js";
import { ask, byId, given, now, say, tell } from "./page.js";

/** What the server says of the region: what is settled, the authority's keys, how many acts there are. */
export async function fetchRegion() {
  const region = fromJson(await ask("/v1/facilities/settings"));
  if (!isMap(region.settings)) throw new Fault("policy", "status-503");
  setClock(region.settings.utc_offset_minutes);
  return region;
}

/** Follow the stream for as long as the page is shown. */
export function follow(known, { changed, reload }) {
  const open = ({ acts, made }) => new EventSource(`${given.path}/v1/facilities/live?after=${acts}&made=${made}`);
  const live = new Live({ open, changed, reload, standing, later: setTimeout.bind(globalThis), now });
  live.begin(known);
  addEventListener("online", () => live.hurry());
  document.addEventListener("visibilitychange", () => document.hidden || live.hurry());
  addEventListener("pagehide", () => live.end());
  addEventListener("pageshow", ({ persisted }) => persisted && live.begin(live.known));
}

function standing(since) {
  byId("live").classList.toggle("broken", since > 0);
  tell("live", since ? say("facilities.broken", { time: timeOf(since) }) : say("facilities.live"));
}

const KNOWN_FAULTS = {
  offline: "facilities.offline",
  "status-404": "facilities.unknown",
  "status-503": "facilities.nothing",
};

/** Say what went wrong; a mistake of ours goes on to the console. */
export function fail(fault) {
  const refused = fault.what?.startsWith("status-") ? "facilities.offline" : "facilities.failed";
  tell("failed", say(KNOWN_FAULTS[fault.what] ?? refused));
  if (!(fault instanceof Fault)) throw fault;
}
