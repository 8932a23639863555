/**
 * What a gate knows, in the browser's own database: marks and withdrawn receipts.
 *
 * A mark is there for good before anybody sees `valid` [GATE-4], and looking and noting are one
 * transaction, so that two windows never let one receipt pass.
 */

import { Fault, bigEndian, fromHex, toHex } from "./bytes.js";
import { MARK_BYTES, expiryDayIn, openMark, tagIn } from "./mark.js";

export const MAX_MARKS = 2 ** 17;
const TAG_IN_HEX = [4, 36];

/** A gate's database. */
export class GateStore {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    /** @type {Map<string, number>} ids of withdrawn receipts, with their day of expiry */
    this.withdrawn = new Map();
    this.issued = 0;
  }

  /**
   * @param {string} name of the database
   * @param {number} today UTC day; what has expired by then is erased [GATE-8] [GATE-11]
   */
  static async open(name, today) {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("marks", { keyPath: "mark" }).createIndex("tag", "tag");
      asked.result.createObjectStore("known", { keyPath: "name" });
    };
    const store = new GateStore(await answer(asked));
    const known = await answer(store.database.transaction("known").objectStore("known").get("withdrawn"));
    if (known) [store.withdrawn, store.issued] = [new Map(known.rows), known.issued];
    await store.inform({ issued: 0, rows: [] }, today);
    return store;
  }

  /** Throw a Fault if the marks are of gates with another secret [GATE-16]; one mark tells. */
  async requireSecret(keys, today) {
    const [mark] = await this.#keys(today, 1);
    if (mark && !(await opens(fromHex(mark), keys))) throw new Fault("unauthentic", "other-secret");
  }

  /**
   * Note a mark unless its receipt has others [GATE-3] [GATE-4].
   * @param {Uint8Array} sealed
   * @param {object} keys with which it is sealed; a Fault where those of the other marks are others
   * @param {number} today UTC day; what has expired by then is erased first [GATE-8]
   * @returns {Promise<Uint8Array[]>} the marks that were there; empty where this one is noted now
   */
  async admit(sealed, keys, today) {
    await this.requireSecret(keys, today);
    const transaction = this.database.transaction("marks", "readwrite", { durability: "strict" });
    const marks = transaction.objectStore("marks");
    marks.delete(expiredBy(today));
    const uses = await answer(marks.index("tag").getAllKeys(toHex(tagIn(sealed))));
    if (uses.length === 0) {
      if ((await answer(marks.count())) >= MAX_MARKS) throw new Fault("limit", "full");
      marks.put(row(sealed));
    }
    await done(transaction);
    return uses.map((mark) => fromHex(mark));
  }

  /** Take marks of others; return how many no gate with our secret wrote [GATE-5] [GATE-6]. */
  async merge(others, keys, today) {
    await this.requireSecret(keys, today);
    const known = new Set(await this.#keys(today));
    const fresh = others.filter((mark) => today < expiryDayIn(mark) && !known.has(toHex(mark)));
    const open = await Promise.all(fresh.map((mark) => opens(mark, keys)));
    const good = fresh.filter((_, at) => open[at]);
    if (known.size + good.length > MAX_MARKS) throw new Fault("limit", "full");
    const transaction = this.database.transaction("marks", "readwrite", { durability: "strict" });
    for (const mark of good) transaction.objectStore("marks").put(row(mark));
    await done(transaction);
    return fresh.length - good.length;
  }

  /** How many marks there are. */
  count(today) {
    return answer(this.#current(today).count());
  }

  /** The marks that are not among others, as they travel. */
  async beyond(others, today) {
    const known = new Set(others.map(toHex));
    return (await this.#keys(today)).filter((mark) => !known.has(mark)).map((mark) => fromHex(mark));
  }

  /** The uses of each receipt that was used more than once [GATE-7]; it looks at every mark. */
  async conflicts(keys, today) {
    await this.requireSecret(keys, today);
    const uses = new Map();
    for (const mark of await this.#keys(today)) {
      const tag = mark.slice(...TAG_IN_HEX);
      if (uses.has(tag)) uses.get(tag).push(mark);
      else uses.set(tag, [mark]);
    }
    const several = [...uses.values()].filter((marks) => marks.length > 1);
    return Promise.all(several.map((marks) => inOrder(marks.map((mark) => fromHex(mark)), keys)));
  }

  /** Add a list of withdrawn receipts to what is known; what is old leaves it [GATE-11]. */
  async inform({ issued, rows }, today) {
    for (const { id, expiryDay } of rows) this.withdrawn.set(id, Math.max(expiryDay, this.withdrawn.get(id) ?? 0));
    for (const [id, day] of this.withdrawn) if (day <= today) this.withdrawn.delete(id);
    this.issued = Math.max(issued, this.issued);
    const transaction = this.database.transaction("known", "readwrite");
    transaction.objectStore("known").put({ name: "withdrawn", rows: [...this.withdrawn], issued: this.issued });
    await done(transaction);
  }

  /** The keys of all marks, or of the first few. */
  #keys(today, most) {
    return answer(this.#current(today).getAllKeys(null, most));
  }

  /** The marks, once those that have expired are erased [GATE-8]. */
  #current(today) {
    const marks = this.database.transaction("marks", "readwrite").objectStore("marks");
    marks.delete(expiredBy(today));
    return marks;
  }
}

/** Marks, opened, the earliest first; those of other gates are left out. */
export async function inOrder(sealed, keys) {
  const opened = await Promise.all(sealed.map((mark) => openMark(mark, keys).catch(isFault)));
  return opened.filter(Boolean).sort((one, other) => one.moment - other.moment || (one.gate < other.gate ? -1 : 1));
}

/** Sealed marks that stand one after another. */
export function splitMarks(bytes) {
  if (bytes.length % MARK_BYTES) throw new Fault("malformed", "marks have 62 bytes each");
  return Array.from({ length: bytes.length / MARK_BYTES }, (_, at) =>
    bytes.slice(at * MARK_BYTES, (at + 1) * MARK_BYTES),
  );
}

const row = (sealed) => ({ mark: toHex(sealed), tag: toHex(tagIn(sealed)) });

/** All keys whose day of expiry, the first four digits, is not after a day. */
const expiredBy = (today) => IDBKeyRange.upperBound(`${toHex(bigEndian(today, 2))}g`);

const opens = (mark, keys) => openMark(mark, keys).then(() => true, isFault);

function isFault(fault) {
  if (!(fault instanceof Fault)) throw fault;
  return false;
}

const answer = (asked) =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

const done = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
