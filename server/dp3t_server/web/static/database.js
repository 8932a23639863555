/** Small helpers for IndexedDB, whose requests are events. */

/** What a request comes to. */
export const answer = (asked) =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

/** The end of a transaction; from then on what it wrote is kept. */
export const done = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });

/**
 * Open a database, or make it.
 * @param {string} name
 * @param {Record<string, IDBObjectStoreParameters>} stores
 * @returns {Promise<IDBDatabase>}
 */
export function openDatabase(name, stores) {
  const asked = indexedDB.open(name, 1);
  asked.onupgradeneeded = () => {
    for (const [store, how] of Object.entries(stores)) asked.result.createObjectStore(store, how);
  };
  return answer(asked);
}

/** Run a task while no other page of this browser runs one of the same name. */
export const alone = (name, task) => navigator.locks.request(name, task);
