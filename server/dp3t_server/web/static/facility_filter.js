/** Facilities as the map has them: rows in columns, which of them are wanted, and how many of each. */

import { fold, hasWords, wordsOf } from "./folding.js";
import { worldX, worldY } from "./projection.js";
import { SpatialGrid } from "./spatial_grid.js";
import { STATES } from "./facility_states.js";

/**
 * @typedef {object} Row
 * @property {string} facility its id
 * @property {string} facility_kind
 * @property {string} name
 * @property {string} address
 * @property {number} latitude in microdegrees
 * @property {number} longitude in microdegrees
 * @property {string} commune
 * @property {string} state one of `STATES`
 * @property {boolean} late
 * @property {number} objections how many are open
 */

/**
 * @typedef {object} Wish
 * @property {string} typed
 * @property {string} kind "" for every kind
 * @property {Set<string>} states empty for every state
 */

/** All facilities of a region; a row keeps its place for as long as this lives. */
export class Facilities {
  /** @param {Row[]} rows */
  constructor(rows) {
    this.rows = rows;
    this.places = new Map(rows.map(({ facility }, at) => [facility, at]));
    this.xs = Float64Array.from(rows, ({ longitude }) => worldX(longitude));
    this.ys = Float64Array.from(rows, ({ latitude }) => worldY(latitude));
    this.grid = new SpatialGrid(this.xs, this.ys);
    this.ranks = Uint8Array.from(rows, rankOf);
    this.folded = rows.map(foldedOf);
    this.byName = Int32Array.from(this.folded.keys()).sort((one, other) =>
      this.folded[one] < this.folded[other] ? -1 : this.folded[one] > this.folded[other] ? 1 : 0,
    );
  }

  /**
   * Take a changed row.
   * @param {Row} row
   * @returns {number} its place; -1 where it is new or lies elsewhere, so that all must be built anew
   */
  change(row) {
    const at = this.places.get(row.facility) ?? -1;
    if (at < 0) return -1;
    const before = this.rows[at];
    if (before.latitude !== row.latitude || before.longitude !== row.longitude || before.name !== row.name) return -1;
    this.rows[at] = row;
    this.ranks[at] = rankOf(row);
    this.folded[at] = foldedOf(row);
    return at;
  }

  /**
   * Which rows are wanted, and how many of each kind and state there would be to choose from.
   * @param {Wish} wish
   * @returns {{wanted: Uint8Array, count: number, states: Record<string, number>, kinds: Map<string, number>}}
   */
  select({ typed, kind, states }) {
    const words = wordsOf(typed);
    const found = { wanted: new Uint8Array(this.rows.length), count: 0, states: Object.fromEntries(STATES.map((state) => [state, 0])), kinds: new Map() };
    this.rows.forEach((row, at) => {
      if (!found.kinds.has(row.facility_kind)) found.kinds.set(row.facility_kind, 0);
      if (words.length && !hasWords(this.folded[at], words)) return;
      const [ofKind, ofState] = [!kind || row.facility_kind === kind, !states.size || states.has(row.state)];
      if (ofState) found.kinds.set(row.facility_kind, found.kinds.get(row.facility_kind) + 1);
      if (ofKind) found.states[row.state]++;
      if (ofKind && ofState) found.count += found.wanted[at] = 1;
    });
    return found;
  }

  /** The wanted rows' places: what one should know first, then by name. */
  ordered(wanted) {
    const byRank = STATES.map(() => []);
    for (const at of this.byName) if (wanted[at]) byRank[this.ranks[at]].push(at);
    return byRank.flat();
  }
}

const rankOf = ({ state }) => STATES.indexOf(state);
const foldedOf = ({ name, address }) => `${fold(name)} ${fold(address)}`;
