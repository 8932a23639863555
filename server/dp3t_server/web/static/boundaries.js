/** Boundaries from GeoJSON (RFC 7946): polygons and lines, as outlines in the map's projection. */

import { isMap } from "./canonical.js";
import { boundsOf, worldX, worldY } from "./projection.js";

const MICRO = 1_000_000;
const MOST_POINTS = 500_000;

/**
 * @typedef {object} Outline
 * @property {Float64Array} xs
 * @property {Float64Array} ys as many
 * @property {boolean} closed whether it is filled
 * @property {string} name "" where it has none
 * @property {{left: number, top: number, right: number, bottom: number}} bounds
 */

/**
 * The outlines in a GeoJSON document; what is no polygon and no line is left out.
 * @param {unknown} document
 * @param {number} most points in all; an outline beyond them is left out
 * @returns {Outline[]}
 */
export function outlinesOf(document, most = MOST_POINTS) {
  const features = isMap(document) && document.type === "FeatureCollection" ? document.features : [document];
  let room = most;
  return (Array.isArray(features) ? features : []).flatMap((feature) => {
    const name = nameOf(feature);
    return linesOf(isMap(feature) && feature.type === "Feature" ? feature.geometry : feature).flatMap(({ points, closed }, at) => {
      const outline = outlineOf(points, closed, at ? "" : name);
      if (!outline || outline.xs.length > room) return [];
      room -= outline.xs.length;
      return [outline];
    });
  });
}

function nameOf(feature) {
  const name = isMap(feature) && isMap(feature.properties) ? feature.properties.name : undefined;
  return typeof name === "string" ? name.slice(0, 80) : "";
}

/** The lines of a geometry; of a polygon also its holes. */
function linesOf(geometry) {
  if (!isMap(geometry)) return [];
  const { type, coordinates, geometries } = geometry;
  if (type === "GeometryCollection") return list(geometries).filter((each) => each?.type !== type).flatMap(linesOf);
  const depth = { LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 }[type];
  if (depth === undefined) return [];
  return flattened(coordinates, depth).map((points) => ({ points, closed: type.endsWith("Polygon") }));
}

const list = (value) => (Array.isArray(value) ? value : []);

/** Lists of points, out of so many levels of lists. */
function flattened(coordinates, depth) {
  return depth ? list(coordinates).flatMap((each) => flattened(each, depth - 1)) : [coordinates];
}

/** @returns {Outline|undefined} undefined where a point is none */
function outlineOf(points, closed, name) {
  const good = list(points).length >= 2 && points.every((point) => Array.isArray(point) && isPlace(point[0], point[1]));
  if (!good) return undefined;
  const xs = Float64Array.from(points, ([longitude]) => worldX(longitude * MICRO));
  const ys = Float64Array.from(points, ([, latitude]) => worldY(latitude * MICRO));
  return { xs, ys, closed, name, bounds: boundsOf(xs, ys) };
}

const isPlace = (longitude, latitude) =>
  Number.isFinite(longitude) && Number.isFinite(latitude) && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
