/** What the pages of officials share: key files, requests with the session, pages of sealed things. */

import { Fault, fromBase64, fromHex, textOf } from "./bytes.js";
import { privateKey } from "./hpke.js";
import { areGood, ask, byId, given, say, tell } from "./page.js";

const SECRET_BYTES = 32;

/**
 * The 32 bytes in each file that was chosen, read in this browser and kept nowhere.
 * @returns {Promise<Uint8Array[]|undefined>} undefined, and a message beside the field, where there is
 *   no file, or one without 64 hexadecimal digits
 */
export async function secretsIn(input) {
  let said = input.files.length ? "" : say("officials.no_key"), secrets;
  try {
    secrets = await Promise.all([...input.files].map(secretIn));
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    said = say("officials.bad_key");
  }
  return areGood([[input.id, said]]) ? secrets : undefined;
}

async function secretIn(file) {
  return fromHex((await file.text()).replace(/\r?\n$/, ""), SECRET_BYTES);
}

/** The private keys in the files that were chosen; undefined as `secretsIn`. */
export async function keysIn(input) {
  const secrets = await secretsIn(input);
  return secrets && Promise.all(secrets.map(privateKey));
}

/** Ask the server to change something; the session may be another one than when this page came. */
export async function change(path, how) {
  const page = textOf(await ask(location.pathname.slice(given.path.length)));
  const token = /name="form_token" value="([0-9a-f]+)"/.exec(page)?.[1];
  if (!token) throw new Fault("policy", "status-401");
  return ask(path, { ...how, headers: { ...how.headers, "X-Form-Token": token } });
}

/** Every sealed thing that the server has, with its name. */
export async function allSealed(path, listed) {
  const found = [];
  let after = "";
  for (;;) {
    const page = JSON.parse(textOf(await ask(after ? `${path}?after=${after}` : path)));
    found.push(...page[listed].map(({ name, sealed }) => ({ name, sealed: fromBase64(sealed) })));
    const last = page[listed].at(-1)?.name ?? "";
    if (!page.more || last <= after) return found;
    after = last;
  }
}

/** Run what an official asked for; say in words what went wrong. */
export async function doing(button, task) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  tell("failed", "");
  try {
    await task();
  } catch (fault) {
    tell("failed", reason(fault));
    byId("failed").focus();
    if (!(fault instanceof Fault)) throw fault;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function reason(fault) {
  if (!(fault instanceof Fault)) return say("officials.failed");
  if (fault.what === "offline") return say("officials.offline");
  if (["status-401", "status-403"].includes(fault.what)) return say("officials.signed_out");
  if (fault.what === "status-404") return say("officials.no_keys");
  if (fault.what.startsWith("status-")) return say("officials.refused");
  return say(FAULTS[fault.what] ?? "officials.failed");
}

const FAULTS = {
  "unknown-key": "officials.bad_document",
  altered: "officials.bad_document",
  full: "officials.full",
  "other-secret": "officials.other_secret",
};
