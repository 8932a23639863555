/**
 * Anonymous tokens that this browser keeps until their day: asked for all at once, so that asking
 * does not tell of the day on which somebody objects [OBJECTION-PAGE-4].
 */

import { signerOf } from "./acts.js";
import { draw } from "./bytes.js";
import { answer, done, openDatabase } from "./database.js";
import { beginToken, finishToken, issuedIn, openList, requestOf, requireContinues, signedList } from "./tokens.js";

export const SCOPE = "objections";
const STORES = { tokens: { keyPath: "day" }, kept: {} };
const DAY_SECONDS = 86_400;

/** The UTC day that holds a moment. */
export const dayOf = (moment) => Math.floor(moment / DAY_SECONDS);

export class TokenStore {
  /**
   * @param {IDBDatabase} database
   * @param {{ask: Function, trusted: object[], region: string}} to the server
   */
  constructor(database, to) {
    this.database = database;
    Object.assign(this, to);
  }

  static async open(name, to) {
    return new TokenStore(await openDatabase(name, STORES), to);
  }

  /** The days from one on of which there is a token, ascending; older ones are erased. */
  async days(today) {
    const tokens = await this.#change((store) => {
      store.delete(IDBKeyRange.upperBound(today, true));
      return answer(store.getAll());
    });
    return tokens.filter(({ token }) => token).map(({ day }) => day);
  }

  /** The token of a day with its key; undefined without one. */
  async of(day) {
    const found = await answer(this.database.transaction("tokens").objectStore("tokens").get(day));
    return found?.token && found;
  }

  /** Note that a token was spent on a facility. */
  keepFor(kept, facility) {
    return this.#change((store) => answer(store.put({ ...kept, used: [...kept.used, facility] })));
  }

  /** Forget a token and its one-time key. */
  forget(day) {
    return this.#change((store) => answer(store.delete(day)));
  }

  /**
   * Ask for a token of every day of the list of which there is none [TOKENS-22].
   * @returns {Promise<string[]>} why there is none of some days
   */
  async fetch(code, now) {
    const list = await this.#list(now);
    const keys = list.keys.filter(({ scope, day }) => scope === SCOPE && day >= dayOf(now));
    const pending = [];
    for (const key of keys) {
      const kept = await answer(this.database.transaction("tokens").objectStore("tokens").get(key.day));
      if (!kept?.token) pending.push(kept ?? (await begun(key)));
    }
    if (!pending.length) return [];
    await this.#change((store) => Promise.all(pending.map((each) => answer(store.put(each)))));
    const body = requestOf(code, SCOPE, pending);
    const issued = issuedIn(await this.ask("/v1/tokens", { method: "POST", body }), pending.length);
    return this.#finish(pending, issued);
  }

  async #finish(pending, issued) {
    const without = [];
    for (const [at, each] of pending.entries()) {
      if (typeof issued[at] === "string") {
        without.push(issued[at]);
        await this.forget(each.day);
      } else {
        const token = await finishToken({ ...each, nonce: each.signer.public }, issued[at]);
        const { day, signer } = each;
        await this.#change((store) => answer(store.put({ day, signer, token, used: [] })));
      }
    }
    return without;
  }

  /** The server's list of keys; one that goes back on what this browser has seen is refused. */
  async #list(now) {
    const file = signedList(await this.ask("/v1/tokens/keys"));
    const list = await openList(file, { trusted: this.trusted, region: this.region, now });
    const former = await answer(this.database.transaction("kept").objectStore("kept").get("list"));
    if (former) requireContinues(list, former);
    const { issued, region, keys } = list;
    const plain = { issued, region, keys: keys.map((key) => ({ ...key })) };
    await answer(this.database.transaction("kept", "readwrite").objectStore("kept").put(plain, "list"));
    return list;
  }

  async #change(task) {
    const transaction = this.database.transaction("tokens", "readwrite", { durability: "strict" });
    const found = await task(transaction.objectStore("tokens"));
    await done(transaction);
    return found;
  }
}

/** What is kept of a token that is asked for; its one-time key cannot be read out of the browser. */
async function begun(key) {
  const seed = draw(32);
  const signer = await signerOf(seed);
  seed.fill(0);
  const { nonce, ...pending } = await beginToken(key, signer.public);
  return { ...pending, signer, used: [] };
}

