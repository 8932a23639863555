/**
 * What the desk of a facility keeps in this browser: its key, which never leaves it, what the server
 * said last, and the acts that wait to be sent [DESK-PAGE-3] [DESK-PAGE-7].
 */

import { answer, done, openDatabase } from "./database.js";

const STORES = { kept: {}, queue: { keyPath: "id", autoIncrement: true } };

/**
 * @typedef {object} Waiting
 * @property {number} id
 * @property {object} act what is signed
 * @property {Uint8Array} signed
 * @property {object|null} words
 * @property {string} digest
 * @property {string} refusal why the server does not take it; "" while it waits
 */

export class DeskStore {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  static async open(name) {
    return new DeskStore(await openDatabase(name, STORES));
  }

  /** What is kept under a name: `key`, `next`, `place`, `end` or `draft`. */
  recall(name) {
    return answer(this.#store("kept", "readonly").get(name));
  }

  async keep(name, value) {
    const store = this.#store("kept", "readwrite");
    store.put(value, name);
    await done(store.transaction);
  }

  /** @returns {Promise<Waiting[]>} in the order of the chain */
  waiting() {
    return answer(this.#store("queue", "readonly").getAll());
  }

  /** Put an act to the others; what it brings with it is kept in the same step. */
  async add(entry, kept = {}) {
    await this.#change((queue, store) => {
      queue.add(entry);
      for (const [name, value] of Object.entries(kept)) store.put(value, name);
    });
  }

  /** Replace acts that wait. */
  replace(entries) {
    return this.#change((queue) => entries.forEach((entry) => queue.put(entry)));
  }

  /** An act is in the record: it waits no more, and the chain ends behind it. */
  taken({ id, act }, end, next) {
    return this.#change((queue, store) => {
      queue.delete(id);
      store.put(end, "end");
      if (act.kind === "rekey" && next) {
        store.put(next, "key");
        store.delete("next");
      }
    });
  }

  /** Throw away whatever waits. */
  throwAway() {
    return this.#change((queue, store) => {
      queue.clear();
      store.delete("next");
      store.delete("end");
    });
  }

  /** Forget everything, the key first of all. */
  forget() {
    return this.#change((queue, store) => {
      queue.clear();
      store.clear();
    });
  }

  async #change(task) {
    const transaction = this.database.transaction(["queue", "kept"], "readwrite", { durability: "strict" });
    task(transaction.objectStore("queue"), transaction.objectStore("kept"));
    await done(transaction);
  }

  #store(name, mode) {
    return this.database.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }
}
