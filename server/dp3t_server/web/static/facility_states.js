/** The states of facilities: their order, their colours (Okabe and Ito's, for every eye), their shapes. */

/** From what one should know first to what can wait. */
export const STATES = ["unsafe", "contested", "overdue", "due", "safe", "closed"];

export const COLOURS = {
  unsafe: "#d55e00",
  contested: "#cc79a7",
  overdue: "#f0b429",
  due: "#56b4e9",
  safe: "#009e73",
  closed: "#b8bdbc",
};

/** Dark on every one of the colours. */
export const EDGE = "#14201e";

/** Outlines in a square from -1 to 1, and the sign in the middle; each state has another shape. */
const SHAPES = {
  unsafe: { corners: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], sign: [[[-0.45, -0.45], [0.45, 0.45]], [[0.45, -0.45], [-0.45, 0.45]]] },
  contested: { corners: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]], sign: [[[0, -0.55], [0, 0.15]], [[0, 0.42], [0, 0.5]]] },
  overdue: { corners: [[0, -1.1], [1.1, 0.85], [-1.1, 0.85]], sign: [[[0, -0.35], [0, 0.5]]] },
  due: { corners: [[-1.1, -0.85], [1.1, -0.85], [0, 1.1]], sign: [] },
  safe: { corners: undefined, sign: [[[-0.45, 0.02], [-0.12, 0.38]], [[-0.12, 0.38], [0.48, -0.34]]] },
  closed: { corners: [[-0.95, -0.42], [0.95, -0.42], [0.95, 0.42], [-0.95, 0.42]], sign: [] },
};
const SVG = "http://www.w3.org/2000/svg";

/**
 * Draw the shape of a state around the origin.
 * @param {CanvasRenderingContext2D} context
 * @param {string} state
 * @param {number} radius in pixels; below 5 without the sign
 */
export function drawShape(context, state, radius) {
  const { corners, sign } = SHAPES[state];
  const outline = new Path2D();
  if (corners) corners.forEach(([x, y]) => outline.lineTo(x * radius, y * radius));
  else outline.arc(0, 0, radius, 0, 2 * Math.PI);
  outline.closePath();
  [context.lineJoin, context.lineCap] = ["round", "round"];
  context.fillStyle = COLOURS[state];
  context.fill(outline);
  context.strokeStyle = EDGE;
  context.lineWidth = Math.max(0.9, radius * 0.16);
  context.stroke(outline);
  if (radius < 5) return;
  context.lineWidth = Math.max(1.2, radius * 0.26);
  for (const [[fromX, fromY], [toX, toY]] of sign) {
    context.beginPath();
    context.moveTo(fromX * radius, fromY * radius);
    context.lineTo(toX * radius, toY * radius);
    context.stroke();
  }
}

/** The shape of a state as an element; a picture beside words, which readers of the screen skip. */
export function shapeElement(state) {
  const { corners, sign } = SHAPES[state];
  const drawn = svg("svg", { viewBox: "-1.4 -1.4 2.8 2.8", class: "shape", "aria-hidden": "true", focusable: "false" });
  const look = { fill: COLOURS[state], stroke: EDGE, "stroke-width": 0.16, "stroke-linejoin": "round" };
  drawn.append(
    corners ? svg("polygon", { ...look, points: corners.map((corner) => corner.join(",")).join(" ") }) : svg("circle", { ...look, r: 1 }),
    ...sign.map(([[x1, y1], [x2, y2]]) => svg("line", { x1, y1, x2, y2, stroke: EDGE, "stroke-width": 0.26, "stroke-linecap": "round" })),
  );
  return drawn;
}

/** A cross-hair: the sign of a place on the map. */
export function aimElement() {
  const drawn = svg("svg", { viewBox: "-12 -12 24 24", class: "aim", "aria-hidden": "true", focusable: "false" });
  const look = { fill: "none", stroke: "currentColor", "stroke-width": 2 };
  drawn.append(svg("circle", { ...look, r: 6 }), svg("path", { ...look, d: "M0-11V-3M0 3V11M-11 0H-3M3 0H11" }));
  return drawn;
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
