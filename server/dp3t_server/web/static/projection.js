/** The map's projection (spherical Mercator) and what one looks at of it. */

const MICRO = 1_000_000;
const MOST_LATITUDE = 85;
/** Metres around the equator: the width of the world, which is 1 here. */
const EQUATOR_METRES = 40_075_016.7;
const LEAST_SCALE = 256;
/** Pixels per world: 2 cm of ground per pixel. */
export const MOST_SCALE = 2 ** 31;

/** @param {number} longitude in microdegrees @returns {number} from 0 (west) to 1 */
export const worldX = (longitude) => longitude / MICRO / 360 + 0.5;

/** @param {number} latitude in microdegrees @returns {number} from 0 (north) to 1 */
export function worldY(latitude) {
  const degrees = Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, latitude / MICRO));
  return 0.5 - Math.asinh(Math.tan((degrees * Math.PI) / 180)) / (2 * Math.PI);
}

/** @returns {number} microdegrees */
export const longitudeAt = (x) => (x - 0.5) * 360 * MICRO;

/** @returns {number} microdegrees */
export const latitudeAt = (y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180 * MICRO) / Math.PI;

/**
 * The least rectangle around points.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @returns {{left: number, top: number, right: number, bottom: number}|undefined} undefined of none
 */
export function boundsOf(xs, ys) {
  if (!xs.length) return undefined;
  let [left, top, right, bottom] = [xs[0], ys[0], xs[0], ys[0]];
  for (let at = 1; at < xs.length; at++) {
    left = Math.min(left, xs[at]);
    right = Math.max(right, xs[at]);
    top = Math.min(top, ys[at]);
    bottom = Math.max(bottom, ys[at]);
  }
  return { left, top, right, bottom };
}

/** What is looked at: a middle, and how many pixels the world is wide. */
export class View {
  constructor() {
    this.x = this.y = 0.5;
    this.scale = LEAST_SCALE;
    this.width = this.height = 1;
    this.home = { left: 0, top: 0, right: 1, bottom: 1 };
  }

  /** Say how large the picture is, in CSS pixels. */
  resize(width, height) {
    [this.width, this.height] = [Math.max(1, width), Math.max(1, height)];
  }

  /** Say where one comes home to, and how far one may go. */
  setHome(bounds) {
    this.home = bounds;
  }

  /** Show a rectangle, with a margin around it. */
  fit({ left, top, right, bottom }, margin = 28) {
    const [wide, high] = [Math.max(right - left, 1e-6), Math.max(bottom - top, 1e-6)];
    const room = (pixels) => Math.max(40, pixels - 2 * margin);
    this.scale = clamp(Math.min(room(this.width) / wide, room(this.height) / high), LEAST_SCALE, MOST_SCALE);
    [this.x, this.y] = [(left + right) / 2, (top + bottom) / 2];
  }

  /** Show the whole. */
  goHome() {
    this.fit(this.home);
  }

  /** Move what is seen by pixels: to the right and down where positive. */
  pan(right, down) {
    this.x = clamp(this.x - right / this.scale, this.home.left, this.home.right);
    this.y = clamp(this.y - down / this.scale, this.home.top, this.home.bottom);
  }

  /** Show more or less; what lies under a pixel stays under it. */
  zoom(factor, atX = this.width / 2, atY = this.height / 2) {
    const [x, y] = this.under(atX, atY);
    this.scale = clamp(this.scale * factor, this.leastScale(), MOST_SCALE);
    this.x = x - (atX - this.width / 2) / this.scale;
    this.y = y - (atY - this.height / 2) / this.scale;
    this.pan(0, 0);
  }

  /** Put a point into the middle, near enough to tell it from others. */
  centre(x, y, least = 0) {
    [this.x, this.y] = [x, y];
    this.scale = clamp(Math.max(this.scale, least), this.leastScale(), MOST_SCALE);
  }

  /** Half of the scale at which the whole is seen: farther away nothing is to be seen. */
  leastScale() {
    const { left, top, right, bottom } = this.home;
    const least = Math.min(this.width / Math.max(right - left, 1e-6), this.height / Math.max(bottom - top, 1e-6)) / 2;
    return clamp(least, LEAST_SCALE, MOST_SCALE);
  }

  /** @returns {[number, number]} pixels from the left and from above */
  pixel(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  /** @returns {[number, number]} the point of the world under a pixel */
  under(right, down) {
    return [this.x + (right - this.width / 2) / this.scale, this.y + (down - this.height / 2) / this.scale];
  }

  /** The rectangle of the world that is seen, with so many pixels more on each side. */
  seen(more = 0) {
    const [left, top] = this.under(-more, -more);
    const [right, bottom] = this.under(this.width + more, this.height + more);
    return { left, top, right, bottom };
  }

  /** @returns {number} of the ground, in the middle of the picture */
  metresPerPixel() {
    const latitude = (latitudeAt(this.y) / MICRO / 180) * Math.PI;
    return (EQUATOR_METRES * Math.cos(latitude)) / this.scale;
  }
}

/** A round length that takes at most so many pixels: 1, 2 or 5 times a power of ten metres. */
export function scaleBar(metresPerPixel, mostPixels) {
  const most = metresPerPixel * mostPixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].find((times) => times * power <= most) * power;
  return { metres, pixels: metres / metresPerPixel };
}

/** The step between lines of a grid, in microdegrees: 1, 2 or 5 times a power of ten, so wide at least. */
export function gridStep(microdegreesPerPixel, leastPixels) {
  const least = Math.max(1, microdegreesPerPixel * leastPixels);
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((times) => times * power >= least) ?? 10) * power;
}

/** The lines of a grid between two coordinates, in microdegrees. */
export function gridLines(from, until, step) {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(until / step) - first + 1);
  return Array.from({ length: count }, (_, at) => (first + at) * step);
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}
