/** Changes as they happen: a stream of events that is opened again whenever it breaks. */

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

/** A stream that does not stay broken. */
export class Live {
  /**
   * @param {object} to
   * @param {(after: number) => EventTarget & {close(): void}} to.open begins a stream after so many acts
   * @param {(text: string) => number} to.changed takes changes; returns how many acts are known then
   * @param {() => Promise<number>} to.reload fetches everything anew; returns the same
   * @param {(since: number) => void} to.standing hears of the stream: 0 is live, else since when it is broken
   * @param {(task: () => void, wait: number) => unknown} to.later
   * @param {() => number} to.now
   */
  constructor(to) {
    Object.assign(this, to);
    this.wait = FIRST_WAIT;
    this.since = this.acts = this.round = 0;
  }

  /** Begin after so many acts. */
  begin(acts) {
    this.acts = acts;
    this.round++;
    this.source?.close();
    const source = (this.source = this.open(acts));
    const ours = (task) => (event) => source === this.source && task(event);
    source.addEventListener("open", ours(() => this.connected()));
    source.addEventListener("error", ours(() => this.broken()));
    source.addEventListener("reload", ours(() => this.again()));
    source.addEventListener("states", ours(({ data }) => this.take(data)));
  }

  /** Try at once, as when the network is back. */
  hurry() {
    if (this.since) this.begin(this.acts);
  }

  /** Follow no longer. */
  end() {
    this.round++;
    this.source?.close();
    this.source = undefined;
  }

  connected() {
    this.wait = FIRST_WAIT;
    this.since = 0;
    this.standing(0);
  }

  broken() {
    this.source.close();
    this.since ||= this.now();
    this.standing(this.since);
    const { round } = this;
    this.later(() => round === this.round && this.begin(this.acts), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
  }

  take(text) {
    try {
      this.acts = this.changed(text);
    } catch {
      this.again();
    }
  }

  /** Fetch everything, since what was missed is too much or cannot be read. */
  async again() {
    const { source } = this;
    try {
      const acts = await this.reload();
      if (source === this.source) this.begin(acts);
    } catch {
      if (source === this.source) this.broken();
    }
  }
}
