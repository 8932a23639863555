/** What the parts of a facility's own page share: its key, its record, what waits to be sent. */

import { Fault, require, toHex } from "./bytes.js";
import { localDay } from "./acts.js";
import { alone } from "./database.js";
import { DeskStore } from "./desk_store.js";
import { fromJson, keysOf, rowOf } from "./facility_files.js";
import { attestationOf as attestedOn, openRecord } from "./facility_record.js";
import { setClock } from "./facility_words.js";
import { Outbox } from "./outbox.js";
import { ask, given, now } from "./page.js";
import { placeOf } from "./storage.js";

const NAME = placeOf("dp3t-desk");
/** For how long a place's acts are listed without exception: its calendar. */
const LISTED_SECONDS = 42 * 86_400;

/** The desk as it stands; filled by `openDesk` and `take`. */
export const desk = {
  store: undefined,
  outbox: undefined,
  /** Of this facility; undefined before the key is chosen. */
  key: undefined,
  place: undefined,
  settings: undefined,
  checklist: undefined,
  lines: [],
  online: true,
  /** Whether every act that the server shows of this facility verifies. */
  whole: true,
};

export async function openDesk() {
  desk.store = await DeskStore.open(NAME);
  const post = (body) => ask("/v1/facilities/acts", { method: "POST", body });
  desk.outbox = new Outbox({ store: desk.store, post, alone: (task) => alone(NAME, task) });
  desk.key = await desk.store.recall("key");
}

/** What the server says of a facility, as it came. */
export async function fetchPlace(facility) {
  require(/^[a-z0-9][a-z0-9-]{0,31}$/.test(facility), "status-404");
  const told = fromJson(await ask("/v1/facilities/settings"));
  const place = fromJson(await ask(`/v1/facilities/places/${facility}`));
  rowOf({ ...place.facility, state: place.state });
  if (!told.settings) throw new Fault("policy", "status-503");
  return { told, place };
}

/** Open what the server said [DESK-PAGE-4]. */
export async function opened({ told, place }) {
  const facility = place.facility.facility;
  const since = place.now - LISTED_SECONDS;
  const expected = { facility, region: given.region, authorities: keysOf(told.authorities), end: place.chain, since };
  const { lines, whole } = await openRecord(place.acts, expected);
  return { lines, whole: whole && lines.every(({ fault }) => !fault) };
}

/** The key under which a facility's next act verifies, hexadecimal; "" where no act says one. */
export const keyInForce = (lines) => lines.findLast(({ act, fault }) => !fault && "public" in act)?.act.public ?? "";

/** Whether a key is the one under which the facility's next act verifies. */
export const isInForce = (signer, lines) => toHex(signer.public) === keyInForce(lines);

/** Go by what the server said. */
export async function take(answer) {
  const { told, place } = answer;
  setClock(told.settings.utc_offset_minutes);
  const kind = place.facility.facility_kind;
  const checklist = told.checklists.find((each) => each.facility_kind === kind);
  Object.assign(desk, { place, settings: told.settings, checklist, ...(await opened(answer)) });
}

/** Fetch, keep and take what the server says now; false where it cannot be reached. */
export async function refresh() {
  try {
    const answer = await fetchPlace(desk.key.facility);
    await desk.store.keep("place", answer);
    await take(answer);
    desk.online = true;
  } catch (fault) {
    if (fault.what !== "offline") throw fault;
    desk.online = false;
  }
  return desk.online;
}

/** The local day. */
export const today = () => localDay(now(), desk.settings.utc_offset_minutes);

/**
 * The attestation of a day that counts: the last that waits, or else the last in the record.
 * @returns {Promise<{act: object, digest: string, note: string, waits: boolean}|undefined>}
 */
export async function counting(day) {
  const waiting = await desk.store.waiting();
  const own = waiting.findLast(({ act }) => act.kind === "attestation" && act.day === day);
  if (own) return { act: own.act, digest: own.digest, note: own.words?.text ?? "", waits: true };
  const line = attestedOn(desk.lines, day);
  return line && { act: line.act, digest: line.digest, note: line.words, waits: false, received: line.received };
}
