/** How a map is moved: a finger or the mouse, two fingers, the wheel, keys. */

const CLICK_PIXELS = 6;
const FINGER_PIXELS = 24;
const MOUSE_PIXELS = 12;
const KEY_PIXELS = 80;
const ZOOM = 1.6;
const WHEEL = 0.0016;
const MOST_WHEEL = 240;
const LINE_PIXELS = 18;

/**
 * Let a person move a map.
 * @param {HTMLElement} place what is touched
 * @param {import("./map_canvas.js").MapCanvas} map
 * @param {{moved: () => void, chosen: (at: number, byKey: boolean) => void, left: () => void}} hear
 */
export function letMove(place, map, hear) {
  const { view } = map;
  const pointers = new Map();
  let travelled = 0;
  const show = () => {
    map.draw();
    hear.moved();
  };
  const at = ({ clientX, clientY }) => {
    const { left, top } = place.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const distance = (event) => (event.pointerType === "touch" ? FINGER_PIXELS : MOUSE_PIXELS);

  place.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) travelled = 0;
    pointers.set(event.pointerId, at(event));
    place.setPointerCapture(event.pointerId);
  });

  place.addEventListener("pointermove", (event) => {
    const [before, now] = [pointers.get(event.pointerId), at(event)];
    if (!before) {
      place.classList.toggle("over", map.hit(...now, distance(event)) >= 0);
      return;
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (other) pinch(view, before, now, other);
    else view.pan(now[0] - before[0], now[1] - before[1]);
    pointers.set(event.pointerId, now);
    if (travelled > CLICK_PIXELS || other) show();
  });

  const lift = (event) => {
    const held = pointers.delete(event.pointerId);
    if (!held || pointers.size || event.type !== "pointerup" || travelled > CLICK_PIXELS) return;
    hear.chosen(map.hit(...at(event), distance(event)), false);
  };
  place.addEventListener("pointerup", lift);
  place.addEventListener("pointercancel", lift);

  place.addEventListener("dblclick", (event) => {
    view.zoom(2, ...at(event));
    show();
  });

  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? LINE_PIXELS : 1) * (event.ctrlKey ? 4 : 1);
    view.zoom(Math.exp(-WHEEL * Math.max(-MOST_WHEEL, Math.min(MOST_WHEEL, pixels))), ...at(event));
    show();
  }, { passive: false });

  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") hear.chosen(map.hit(view.width / 2, view.height / 2, Math.max(view.width, view.height)), true);
    else if (event.key === "Escape") hear.left();
    else if (moveByKey(view, event.key)) show();
    else return;
    event.preventDefault();
  });
}

/** Move and zoom so that the ground stays under both fingers. */
function pinch(view, before, now, other) {
  const apart = (one) => Math.max(8, Math.hypot(one[0] - other[0], one[1] - other[1]));
  const middle = (one) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
  const [from, to] = [middle(before), middle(now)];
  view.pan(to[0] - from[0], to[1] - from[1]);
  view.zoom(apart(now) / apart(before), ...to);
}

/** @returns {boolean} whether the key moves a map */
export function moveByKey(view, key) {
  const steps = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const zooms = { "+": ZOOM, "=": ZOOM, "-": 1 / ZOOM, _: 1 / ZOOM };
  if (Object.hasOwn(steps, key)) view.pan(...steps[key].map((step) => step * KEY_PIXELS));
  else if (Object.hasOwn(zooms, key)) view.zoom(zooms[key]);
  else if (key === "Home" || key === "0") view.goHome();
  else return false;
  return true;
}
