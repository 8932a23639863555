/** Acts of a facility on their way: signed one after another, and sent in that order. */

import { Fault, textOf } from "./bytes.js";
import { START, after, digestOf, handedIn, signAct } from "./acts.js";

/** Faults after which the same act may be taken once it stands at the end of the chain. */
const OF_PLACE = ["forked", "gap", "other-attestation"];

/** The acts that wait, and the end of the chain behind them. */
export class Outbox {
  /**
   * @param {object} to
   * @param {import("./desk_store.js").DeskStore} to.store
   * @param {(body: string) => Promise<Uint8Array>} to.post hands an act in
   * @param {(task: () => Promise<unknown>) => Promise<unknown>} to.alone runs a task while no other page does
   */
  constructor({ store, post, alone }) {
    Object.assign(this, { store, post, alone });
  }

  /**
   * Sign the next act and let it wait.
   * @param {(end: object, waiting: object[]) => Promise<{act: object, words: object|null}>} make
   * @param {object} kept what is kept in the same step
   */
  add(make, kept = {}) {
    return this.alone(async () => {
      const waiting = await this.store.waiting();
      if (waiting.some(({ act }) => act.kind === "rekey")) throw new Fault("policy", "rekeying");
      const { act, words } = await make(await this.end(), waiting);
      await this.store.add(await this.#entry(act, words), kept);
    });
  }

  /** Where the chain ends, behind all that waits. */
  async end() {
    const last = (await this.store.waiting()).at(-1);
    if (last) return { number: last.act.number + 1, previous: last.digest };
    const [place, own] = [await this.store.recall("place"), await this.store.recall("end")];
    const known = [place?.place.chain, own, START].filter(Boolean);
    return known.reduce((one, other) => (other.number > one.number ? other : one));
  }

  /**
   * Send what waits, in the order of the chain, until one is refused or the network is away.
   * @returns {Promise<{sent: number, refusal: string}>}
   */
  send() {
    return this.alone(async () => {
      let sent = 0;
      for (const entry of await this.store.waiting()) {
        const refusal = entry.refusal || (await this.#handIn(entry));
        if (refusal) {
          await this.store.replace([{ ...entry, refusal }]);
          return { sent, refusal };
        }
        const end = { number: entry.act.number + 1, previous: entry.digest };
        await this.store.taken(entry, end, await this.store.recall("next"));
        sent++;
      }
      return { sent, refusal: "" };
    });
  }

  /** Whether what was refused can be signed again for the place where the chain now ends. */
  static canMove(waiting) {
    return OF_PLACE.includes(waiting.find(({ refusal }) => refusal)?.refusal);
  }

  /**
   * Sign all that waits again, from where the record's chain ends now.
   * @param {object} end of the chain in the record
   * @param {number} made
   * @param {(day: number) => string} counting the digest of the attestation of a day in the record, "" without one
   */
  move(end, made, counting) {
    return this.alone(async () => {
      const moved = [];
      const attested = new Map();
      let at = end;
      for (const { act, words, id } of await this.store.waiting()) {
        const again = { ...act, made: Math.max(made, act.made), number: at.number, previous: at.previous };
        if (act.kind === "attestation") again.corrects = attested.get(act.day) ?? counting(act.day);
        const entry = { ...(await this.#entry(again, words)), id };
        if (act.kind === "attestation") attested.set(act.day, entry.digest);
        at = await after(at, entry.signed);
        moved.push(entry);
      }
      await this.store.replace(moved);
    });
  }

  async #entry(act, words) {
    const { signer } = await this.store.recall("key");
    const signed = await signAct(act, signer);
    return { act, signed, words, digest: await digestOf(signed), refusal: "" };
  }

  /** Why the server does not take an act; "" where it does. */
  async #handIn({ signed, words }) {
    let answered;
    try {
      answered = JSON.parse(textOf(await this.post(handedIn(signed, words))));
    } catch (fault) {
      if (fault.what === "status-400") return "malformed";
      throw fault;
    }
    return answered.refusal ?? "";
  }
}
