/** What the scripts of all pages share: texts, elements, requests. */

import { Fault, fromHex } from "./bytes.js";

/** What the server put into the page: language, texts, the authority's keys. */
export const given = JSON.parse(document.getElementById("given").textContent);

/** The authority's keys, to which this page is pinned. */
export const authority = given.authority.map((key) => ({ ...key, public: fromHex(key.public) }));

/** A text in the page's language, its places filled in. */
export function say(name, values = {}) {
  if (!(name in given.texts)) throw new Error(`there is no text ${name}`);
  return given.texts[name].replace(/\{(\w+)\}/g, (_, place) => String(values[place]));
}

/** @param {string} id @returns {HTMLElement} */
export const byId = (id) => document.getElementById(id);

/** A new element; properties are set, strings among the children become text. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Show a text in an element, or hide the element for an empty one. */
export function tell(id, text) {
  const place = byId(id);
  place.textContent = text;
  place.hidden = text === "";
}

/** Say beside a field what is wrong with it, and mark the field; "" where nothing is. */
function tellBeside(id, text) {
  tell(`${id}-error`, text);
  if (text) byId(id).setAttribute("aria-invalid", "true");
  else byId(id).removeAttribute("aria-invalid");
}

/**
 * Say beside each field what is wrong with it, and put the focus on the first where something is.
 * @param {[string, string][]} said ids of fields, in their order, and texts, "" where nothing is wrong
 * @returns {boolean} whether nothing is
 */
export function areGood(said) {
  for (const [id, text] of said) tellBeside(id, text);
  const wrong = said.find(([, text]) => text);
  if (wrong) byId(wrong[0]).focus();
  return wrong === undefined;
}

/** Put the focus on something and bring it into view. */
export function goTo(id) {
  byId(id).scrollIntoView({ block: "start" });
  byId(id).focus({ preventScroll: true });
}

/** The present moment by this device's clock, in Unix seconds. */
export const now = () => Math.floor(Date.now() / 1000);

/** Whether this browser has the cryptography that the pages need. */
export async function isAble() {
  try {
    await crypto.subtle.generateKey("X25519", false, ["deriveBits"]);
    await crypto.subtle.generateKey("Ed25519", false, ["verify", "sign"]);
    return "isWellFormed" in String.prototype;
  } catch {
    return false;
  }
}

/**
 * The body of the server's answer.
 * @param {string} path from the region's root on
 * @param {RequestInit} how
 * @returns {Promise<Uint8Array>}
 */
export async function ask(path, how = {}) {
  let answer;
  try {
    answer = await fetch(given.path + path, { cache: "no-store", ...how });
  } catch {
    throw new Fault("policy", "offline");
  }
  if (!answer.ok) throw new Fault("policy", `status-${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** A moment in the clock of Viet Nam and the page's language. */
export function moment(seconds) {
  const how = { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Ho_Chi_Minh", hourCycle: "h23" };
  return new Intl.DateTimeFormat(given.language, how).format(new Date(seconds * 1000));
}

/** A day, given as days since 1970-01-01, in the page's language. */
export function dayInWords(days) {
  const how = { dateStyle: "full", timeZone: "UTC" };
  return new Intl.DateTimeFormat(given.language, how).format(new Date(days * 86_400_000));
}

/** Terms and what they are, as a list of facts. */
export function facts(rows) {
  return rows.map(([term, said]) => element("div", {}, element("dt", {}, term), element("dd", {}, said)));
}
