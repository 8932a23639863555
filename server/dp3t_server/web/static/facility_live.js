/** Changes as they happen: a stream of events that is opened again whenever it breaks. */

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** Sooner than so many seconds after the last time nothing is fetched anew without waiting. */
const LEAST_BETWEEN = 2;

/**
 * @typedef {object} Known
 * @property {number} acts of how many acts of the record one knows
 * @property {number} made of which moment the states are
 */

/** A stream that does not stay broken. */
export class Live {
  /**
   * @param {object} to
   * @param {(known: Known) => EventTarget & {close(): void}} to.open begins a stream after what is known
   * @param {(text: string) => Known} to.changed takes changes; returns what is known then
   * @param {() => Promise<Known>} to.reload fetches everything anew; returns the same
   * @param {(since: number) => void} to.standing hears of the stream: 0 is live, else since when it is broken
   * @param {(task: () => void, wait: number) => unknown} to.later
   * @param {() => number} to.now in seconds
   */
  constructor(to) {
    Object.assign(this, to);
    this.wait = FIRST_WAIT;
    this.since = this.round = 0;
    this.reloaded = -Infinity;
  }

  /** Begin after what is known. */
  begin(known) {
    this.known = known;
    this.round++;
    this.source?.close();
    const source = (this.source = this.open(known));
    const ours = (task) => (event) => source === this.source && task(event);
    source.addEventListener("open", ours(() => this.connected()));
    source.addEventListener("error", ours(() => this.broken()));
    source.addEventListener("reload", ours(() => this.again()));
    source.addEventListener("states", ours(({ data }) => this.take(data)));
  }

  /** Try at once, as when the network is back. */
  hurry() {
    if (this.since) this.begin(this.known);
  }

  /** Follow no longer. */
  end() {
    this.round++;
    this.source?.close();
    this.source = undefined;
  }

  connected() {
    this.since = 0;
    this.standing(0);
  }

  broken() {
    this.source.close();
    this.since ||= this.now();
    this.standing(this.since);
    const { round } = this;
    this.later(() => round === this.round && this.begin(this.known), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
  }

  take(text) {
    try {
      this.known = this.changed(text);
      this.wait = FIRST_WAIT;
    } catch {
      this.again();
    }
  }

  /** Fetch everything, since what was missed is too much or cannot be read. */
  async again() {
    const { source } = this;
    if (this.now() - this.reloaded < LEAST_BETWEEN) return this.broken();
    this.reloaded = this.now();
    source.close();
    try {
      const known = await this.reload();
      if (source === this.source) this.begin(known);
    } catch {
      if (source === this.source) this.broken();
    }
  }
}
