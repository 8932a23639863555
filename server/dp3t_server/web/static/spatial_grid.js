/** Which points lie in a rectangle, and which is nearest: squares of the plane, each with its points. */

const POINTS_PER_SQUARE = 4;

/** Points of the plane, by square. */
export class SpatialGrid {
  /**
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys as many
   */
  constructor(xs, ys) {
    [this.xs, this.ys] = [xs, ys];
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = 0; at < xs.length; at++) {
      [left, right] = [Math.min(left, xs[at]), Math.max(right, xs[at])];
      [top, bottom] = [Math.min(top, ys[at]), Math.max(bottom, ys[at])];
    }
    [this.left, this.top] = [left, top];
    this.columns = Math.max(1, Math.ceil(Math.sqrt(xs.length / POINTS_PER_SQUARE)));
    this.wide = Math.max((right - left) / this.columns, 1e-12);
    this.high = Math.max((bottom - top) / this.columns, 1e-12);
    this.sort();
  }

  /** Put the points of each square side by side. */
  sort() {
    const squares = Int32Array.from(this.xs, (x, at) => this.square(this.column(x), this.row(this.ys[at])));
    this.starts = new Int32Array(this.columns ** 2 + 1);
    for (const square of squares) this.starts[square + 1]++;
    for (let at = 0; at < this.columns ** 2; at++) this.starts[at + 1] += this.starts[at];
    const next = this.starts.slice();
    this.points = new Int32Array(this.xs.length);
    squares.forEach((square, point) => {
      this.points[next[square]++] = point;
    });
  }

  /** Call something with every point in a rectangle, its edges among it. */
  eachIn({ left, top, right, bottom }, see) {
    if (!this.xs.length) return;
    for (let row = this.row(top); row <= this.row(bottom); row++) {
      for (let column = this.column(left); column <= this.column(right); column++) {
        const square = this.square(column, row);
        for (let at = this.starts[square]; at < this.starts[square + 1]; at++) {
          const point = this.points[at];
          const x = this.xs[point];
          const y = this.ys[point];
          if (left <= x && x <= right && top <= y && y <= bottom) see(point);
        }
      }
    }
  }

  /**
   * The point nearest to a place, among those within a distance that `isWanted`.
   * @returns {number} -1 where there is none
   */
  nearest(x, y, distance, isWanted = () => true) {
    let [found, least] = [-1, distance ** 2];
    const around = { left: x - distance, top: y - distance, right: x + distance, bottom: y + distance };
    this.eachIn(around, (point) => {
      const away = (this.xs[point] - x) ** 2 + (this.ys[point] - y) ** 2;
      if (away <= least && isWanted(point)) [found, least] = [point, away];
    });
    return found;
  }

  column(x) {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((x - this.left) / this.wide)));
  }

  row(y) {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((y - this.top) / this.high)));
  }

  square(column, row) {
    return row * this.columns + column;
  }
}
