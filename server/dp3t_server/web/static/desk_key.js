/** The key of a facility: chosen once, replaced by one that only this browser has, forgotten. */

import { Fault, draw, toHex } from "./bytes.js";
import { headOf, readKeyFile, signerOf, writeKeyFile } from "./acts.js";
import { desk, fetchPlace, isInForce, opened, take } from "./desk_state.js";
import { areGood, byId, element, given, now, say } from "./page.js";
import { faultWords } from "./acting.js";

const FILE_IS_READ_MILLISECONDS = 60_000;
/** A new key before it is sent: its signer, and its seed until it is saved. */
let drawn;

/** Connect the form by which a key is chosen; `begin` is called once there is one. */
export function prepareSetup(begin) {
  byId("facility").value = location.hash.slice(1);
  byId("key-file").addEventListener("change", async () => {
    const found = await typedKey().catch(() => undefined);
    if (found?.facility) byId("facility").value = found.facility;
  });
  byId("setup-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (byId("begin").ariaDisabled) return;
    byId("begin").ariaDisabled = "true";
    await choose(begin).finally(() => (byId("begin").ariaDisabled = null));
  });
}

/** The key in the file that was chosen, or in the text. */
async function typedKey() {
  const [file] = byId("key-file").files;
  return readKeyFile(file ? await file.text() : byId("key-text").value);
}

/** Keep the key if it is the facility's [DESK-PAGE-4]. */
async function choose(begin) {
  let answer, found, signer;
  const wrong = { key: "", facility: "" };
  try {
    found = await typedKey();
    signer = await signerOf(found.seed);
  } catch {
    wrong.key = say("acting.no_key");
  }
  const facility = byId("facility").value.trim().toLowerCase() || found?.facility || "";
  if (!wrong.key) {
    try {
      answer = await fetchPlace(facility);
      const { lines } = await opened(answer);
      if (!isInForce(signer, lines)) throw new Fault("unauthentic", "other-key");
    } catch (fault) {
      wrong.facility = faultWords(fault);
      if (!(fault instanceof Fault)) throw fault;
    }
  }
  if (!areGood([["key-file", wrong.key], ["facility", wrong.facility]])) return;
  desk.key = { facility, signer };
  await desk.store.keep("key", desk.key);
  await desk.store.keep("place", answer);
  await navigator.storage?.persist?.();
  await take(answer);
  byId("setup-form").reset();
  await begin();
  byId("key-panel").open = true;
}

/**
 * Connect what replaces and forgets the key.
 * @param {(make: Function, kept: object) => Promise<void>} sign lets an act wait and be sent
 * @param {(task: () => Promise<void>) => Promise<void>} doing says what goes wrong
 */
export function prepareKey(sign, doing) {
  byId("draw").addEventListener("click", () => doing(drawKey));
  byId("save-key").addEventListener("click", saveKey);
  byId("rekey").addEventListener("click", () => doing(() => rekey(sign)));
  byId("forget").addEventListener("click", () => doing(forget));
}

export function showKey() {
  byId("key-public").textContent = toHex(desk.key.signer.public);
}

async function drawKey() {
  const seed = draw(32);
  drawn = { seed, signer: await signerOf(seed) };
  byId("is-saved").checked = false;
  byId("drawn").hidden = false;
  byId("save-key").focus();
}

function saveKey() {
  const file = new Blob([writeKeyFile(desk.key.facility, drawn.seed)], { type: "application/json" });
  const address = URL.createObjectURL(file);
  element("a", { href: address, download: `${desk.key.facility}-${say("desk.key_file_name")}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), FILE_IS_READ_MILLISECONDS);
}

/** Let the facility's acts verify under the new key from now on [DESK-PAGE-5]. */
async function rekey(sign) {
  if (!areGood([["is-saved", byId("is-saved").checked ? "" : say("desk.not_saved")]])) return;
  const { facility } = desk.key;
  const { signer } = drawn;
  const make = (end) => {
    const head = headOf("rekey", { region: given.region, made: now(), end });
    return { act: { ...head, facility, public: toHex(signer.public) }, words: null };
  };
  await sign(make, { next: { facility, signer } });
  drawn.seed.fill(0);
  drawn = undefined;
  byId("drawn").hidden = true;
}

async function forget() {
  if (!confirm(say("desk.really_forget"))) return;
  await desk.store.forget();
  location.reload();
}

/** Whether the key here is no longer the facility's, as when it was replaced elsewhere. */
export const isReplaced = () => desk.lines.length > 0 && !isInForce(desk.key.signer, desk.lines);

