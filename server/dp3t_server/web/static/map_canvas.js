/** The picture of the map: boundaries or a grid, a mark for each facility, a bar that tells the scale. */

import { drawShape, STATES } from "./facility_states.js";
import { gridLines, gridStep, latitudeAt, longitudeAt, scaleBar, worldX, worldY } from "./projection.js";

const MICRO = 1_000_000;
/** How far beyond the picture marks are painted ahead, so that panning only moves what is painted. */
const AHEAD = 160;
/** Marks of one state nearer to each other than this part of their radius look like one. */
const HIDDEN = 0.75;
const LEAST_RADIUS = 2.8;
const MOST_RADIUS = 9;
const MOST_LABELS = 60;
const SETTLED = 120;
const LEAST_STRETCH = 0.6;
const MOST_STRETCH = 2.5;
const FONT = "13px system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";

/** A canvas that shows what a view sees. */
export class MapCanvas {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./projection.js").View} view
   */
  constructor(canvas, view) {
    [this.canvas, this.view] = [canvas, view];
    this.context = canvas.getContext("2d", { alpha: false });
    this.layer = document.createElement("canvas");
    this.sprites = new Map();
    [this.facilities, this.wanted, this.count] = [undefined, undefined, 0];
    this.outlines = [];
    this.selected = -1;
    this.painted = undefined;
    this.waiting = false;
    this.number = String;
    this.lookAt();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.lookAt());
  }

  /** Take the colours of the page. */
  lookAt() {
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name).trim() || "#888888";
    this.look = { ground: colour("--map-ground"), land: colour("--map-land"), edge: colour("--map-edge"), ink: colour("--map-ink"), halo: colour("--map-halo") };
    this.repaint();
  }

  /** Fit the picture to the room it has. */
  resize() {
    const { width, height } = this.canvas.parentElement.getBoundingClientRect();
    this.ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
    [this.canvas.width, this.canvas.height] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    this.view.resize(width, height);
    [this.layer.width, this.layer.height] = [(width + 2 * AHEAD) * this.ratio, (height + 2 * AHEAD) * this.ratio];
    this.sprites.clear();
    this.repaint();
  }

  /** Show other facilities, or others of them, or in other states. */
  show(facilities, wanted, count) {
    [this.facilities, this.wanted, this.count] = [facilities, wanted, count];
    this.repaint();
  }

  /** Paint everything anew with the next frame. */
  repaint() {
    this.painted = undefined;
    this.draw();
  }

  /** Draw with the next frame. */
  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.frame();
    });
  }

  /** The facility at a pixel: the nearest within a distance, of those that are shown; -1 for none. */
  hit(right, down, distance) {
    if (!this.facilities) return -1;
    const [x, y] = this.view.under(right, down);
    return this.facilities.grid.nearest(x, y, distance / this.view.scale, (point) => this.wanted[point]);
  }

  frame() {
    if (!this.canvas.width || !this.ratio) return;
    if (!this.isAhead()) this.paint();
    const { context, view, look } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = look.ground;
    context.fillRect(0, 0, view.width, view.height);
    const lines = this.outlines.length ? undefined : this.drawGrid();
    this.blit();
    this.drawSelected();
    if (lines) this.drawCoordinates(lines);
    this.drawScale();
  }

  /** Whether what is painted still covers the view; zoomed, it is stretched until that settles. */
  isAhead() {
    if (!this.painted) return false;
    const { x, y, scale } = this.painted;
    const zoomed = this.view.scale / scale;
    if (zoomed !== 1) {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.repaint(), SETTLED);
      return LEAST_STRETCH <= zoomed && zoomed <= MOST_STRETCH;
    }
    return Math.abs(x - this.view.x) * scale < AHEAD && Math.abs(y - this.view.y) * scale < AHEAD;
  }

  /** Bring the painted layer to where it belongs now. */
  blit() {
    const { x, y, scale } = this.painted;
    const zoomed = this.view.scale / scale;
    const [left, top] = this.view.pixel(x, y);
    const [width, height] = [(this.layer.width / this.ratio) * zoomed, (this.layer.height / this.ratio) * zoomed];
    this.context.drawImage(this.layer, left - width / 2, top - height / 2, width, height);
  }

  /** Paint boundaries, marks and names onto the layer. */
  paint() {
    const { view, layer } = this;
    this.painted = { x: view.x, y: view.y, scale: view.scale };
    const context = (this.onto = layer.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, layer.width, layer.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, AHEAD * this.ratio, AHEAD * this.ratio);
    const outlines = this.paintOutlines();
    if (this.facilities) this.paintMarks();
    this.paintNames(outlines);
  }

  paintOutlines() {
    const { onto, view, look } = this;
    const seen = view.seen(AHEAD);
    const shown = this.outlines.filter(({ bounds }) => overlaps(bounds, seen));
    [onto.fillStyle, onto.strokeStyle, onto.lineWidth, onto.lineJoin] = [look.land, look.edge, 1.25, "round"];
    for (const outline of shown) {
      const path = this.pathOf(outline);
      if (outline.closed) onto.fill(path);
      onto.stroke(path);
    }
    return shown;
  }

  /** An outline in pixels, without points that fall onto the one before. */
  pathOf({ xs, ys, closed }) {
    const path = new Path2D();
    let [lastX, lastY] = [Infinity, Infinity];
    for (let at = 0; at < xs.length; at++) {
      const [x, y] = this.view.pixel(xs[at], ys[at]);
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < 1 && at < xs.length - 1) continue;
      path.lineTo(x, y);
      [lastX, lastY] = [x, y];
    }
    if (closed) path.closePath();
    return path;
  }

  paintNames(outlines) {
    const { onto, view } = this;
    onto.font = `600 ${FONT}`;
    for (const { name, bounds } of outlines) {
      const width = (bounds.right - bounds.left) * view.scale;
      if (!name || onto.measureText(name).width > width * 0.9) continue;
      const [x, y] = view.pixel((bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2);
      this.write(onto, name, x, y, "center");
    }
  }

  /** Paint a mark for each wanted facility, those last that one should know first. */
  paintMarks() {
    const { facilities, view, wanted } = this;
    const ranks = STATES.map(() => []);
    facilities.grid.eachIn(view.seen(AHEAD), (at) => wanted[at] && ranks[facilities.ranks[at]].push(at));
    const radius = this.radius();
    const taken = new Taken(view, Math.max(1, radius * HIDDEN));
    for (let rank = STATES.length - 1; rank >= 0; rank--) {
      this.paintRank(ranks[rank], rank, this.sprite(STATES[rank], radius * (rank < 2 ? 1.25 : 1)), taken);
    }
    const shown = ranks.flat();
    if (shown.length <= MOST_LABELS && radius > 7) this.paintLabels(shown, radius);
  }

  /** Paint the marks of one state, each on whole pixels of the device, which is several times as fast. */
  paintRank(places, rank, { canvas }, taken) {
    const { onto, ratio, view } = this;
    const { xs, ys } = this.facilities;
    const [left, top] = view.under(0, 0);
    const shift = AHEAD * ratio - canvas.width / 2;
    onto.save();
    onto.setTransform(1, 0, 0, 1, 0, 0);
    for (const at of places) {
      const x = (xs[at] - left) * view.scale;
      const y = (ys[at] - top) * view.scale;
      if (taken.take(x, y, rank)) onto.drawImage(canvas, Math.round(x * ratio + shift), Math.round(y * ratio + shift));
    }
    onto.restore();
  }

  /** Small where many would cover each other; the same wherever one pans. */
  radius() {
    const { left, top, right, bottom } = this.view.home;
    const area = Math.max((right - left) * (bottom - top) * this.view.scale ** 2, 1);
    const spacing = Math.sqrt(area / Math.max(this.count, 1));
    return Math.round(2 * Math.max(LEAST_RADIUS, Math.min(MOST_RADIUS, spacing * 0.3))) / 2;
  }

  /** A mark, painted once for all that look like it. */
  sprite(state, radius) {
    const key = `${state} ${radius}`;
    if (!this.sprites.has(key)) {
      const canvas = document.createElement("canvas");
      const half = Math.ceil(radius * 1.3 + 2);
      canvas.width = canvas.height = Math.ceil(2 * half * this.ratio);
      const context = canvas.getContext("2d");
      context.setTransform(canvas.width / (2 * half), 0, 0, canvas.width / (2 * half), canvas.width / 2, canvas.width / 2);
      drawShape(context, state, radius);
      this.sprites.set(key, { canvas, half });
    }
    return this.sprites.get(key);
  }

  /** Write names beside marks where no other name stands. */
  paintLabels(places, radius) {
    const { onto, view, facilities } = this;
    const boxes = [];
    onto.font = FONT;
    for (const at of places) {
      if (at === this.selected) continue; // its ring has a card
      const [x, y] = view.pixel(facilities.xs[at], facilities.ys[at]);
      const text = facilities.rows[at].name;
      const box = { left: x + radius + 4, right: x + radius + 8 + onto.measureText(text).width, top: y - 9, bottom: y + 9 };
      if (boxes.some((other) => overlaps(box, other))) continue;
      boxes.push(box);
      this.write(onto, text, box.left, y, "left");
    }
  }

  /** Ring the chosen facility. */
  drawSelected() {
    if (this.selected < 0) return;
    const { context, view, facilities } = this;
    const [x, y] = view.pixel(facilities.xs[this.selected], facilities.ys[this.selected]);
    const sprite = this.sprite(STATES[facilities.ranks[this.selected]], 10);
    for (const [colour, width] of [[this.look.halo, 7], [this.look.ink, 3]]) {
      context.beginPath();
      context.arc(x, y, 17, 0, 2 * Math.PI);
      [context.strokeStyle, context.lineWidth] = [colour, width];
      context.stroke();
    }
    context.drawImage(sprite.canvas, x - sprite.half, y - sprite.half, 2 * sprite.half, 2 * sprite.half);
  }

  /** Draw lines of latitude and longitude; return where they are. */
  drawGrid() {
    const { context, view, look } = this;
    const { left, top, right, bottom } = view.seen();
    const step = gridStep((longitudeAt(right) - longitudeAt(left)) / view.width, 90);
    const meridians = gridLines(longitudeAt(left), longitudeAt(right), step).map((at) => [at, view.pixel(worldX(at), 0)[0]]);
    const parallels = gridLines(latitudeAt(bottom), latitudeAt(top), step).map((at) => [at, view.pixel(0, worldY(at))[1]]);
    [context.strokeStyle, context.lineWidth] = [look.edge, 1];
    context.beginPath();
    for (const [, x] of meridians) line(context, x, 0, x, view.height);
    for (const [, y] of parallels) line(context, 0, y, view.width, y);
    context.stroke();
    return { meridians, parallels, digits: Math.max(0, Math.ceil(-Math.log10(step / MICRO) - 1e-9)) };
  }

  drawCoordinates({ meridians, parallels, digits }) {
    const written = (at, positive, negative) => `${Math.abs(at / MICRO).toFixed(digits)}° ${at < 0 ? negative : positive}`;
    this.context.font = FONT;
    for (const [at, x] of meridians) this.write(this.context, written(at, "E", "W"), x + 4, 12, "left");
    for (const [at, y] of parallels) if (y > 30 && y < this.view.height - 56) this.write(this.context, written(at, "N", "S"), 6, y - 9, "left");
  }

  /** Draw a bar of a round length, below on the left. */
  drawScale() {
    const { context, view, look } = this;
    const { metres, pixels } = scaleBar(view.metresPerPixel(), Math.min(140, view.width / 3));
    const [left, down] = [12.5, view.height - 14.5];
    for (const [colour, width] of [[look.halo, 5], [look.ink, 2]]) {
      [context.strokeStyle, context.lineWidth] = [colour, width];
      context.beginPath();
      line(context, left, down - 6, left, down);
      line(context, left, down, left + pixels, down);
      line(context, left + pixels, down, left + pixels, down - 6);
      context.stroke();
    }
    context.font = FONT;
    this.write(context, metres < 1_000 ? `${this.number(metres)} m` : `${this.number(metres / 1_000)} km`, left + 6, down - 11, "left");
  }

  /** Write on a ground of its own, whatever lies under it. */
  write(context, text, x, y, align) {
    [context.textAlign, context.textBaseline, context.lineJoin, context.lineWidth] = [align, "middle", "round", 3.5];
    [context.strokeStyle, context.fillStyle] = [this.look.halo, this.look.ink];
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
}

/** Which small squares of the picture have a mark of which rank; a second one there would not be seen. */
class Taken {
  constructor(view, size) {
    this.size = size;
    this.columns = Math.ceil((view.width + 2 * AHEAD) / size) + 1;
    this.squares = new Uint8Array(this.columns * (Math.ceil((view.height + 2 * AHEAD) / size) + 1));
  }

  take(x, y, rank) {
    const at = Math.floor((y + AHEAD) / this.size) * this.columns + Math.floor((x + AHEAD) / this.size);
    if (this.squares[at] === rank + 1) return false;
    this.squares[at] = rank + 1;
    return true;
  }
}

const overlaps = (one, other) =>
  one.left <= other.right && other.left <= one.right && one.top <= other.bottom && other.top <= one.bottom;

function line(context, fromX, fromY, toX, toY) {
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
}
