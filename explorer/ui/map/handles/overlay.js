/**
 * The lines under the handles: path, dashed connectors to ghosts at home, a ring round the selected point.
 * Everything is given in map units and converted on every frame.
 * @import {Place} from "../../browser/types"
 * @import {Pins} from "../types"
 */

import { svg } from "../../browser/element.js";
import { isHome } from "./pins.js";

/** @typedef {(place: Place) => Place} ToScreen */

const GHOST_RADIUS = 6;
const HANDLE_RADIUS = 9;

export class Overlay {
  /** @param {SVGSVGElement} layer */
  constructor(layer) {
    this.halo = svg("polyline", { class: "lm-path-halo" });
    this.path = svg("polyline", { class: "lm-path", "data-testid": "map-path" });
    this.ghosts = svg("g", {});
    this.selected = svg("circle", { class: "lm-ring lm-ring-selected", r: 7, "data-testid": "map-selected" });
    placeRing(this.selected, null);
    layer.append(this.halo, this.path, this.ghosts, this.selected);
  }

  /**
   * @param {Pins} state
   * @param {Place[]} path
   * @param {Place | null} selected
   * @param {ToScreen} toScreen
   */
  render(state, path, selected, toScreen) {
    const points = path.map(toScreen).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    this.halo.setAttribute("points", points);
    this.path.setAttribute("points", points);
    this.ghosts.replaceChildren(...state.pins.filter((pin) => !isHome(pin)).flatMap((pin) => ghost(pin.home, pin, toScreen)));
    // Where a handle or its ghost stands, the point is marked already.
    const isMarked = state.pins.some((pin) => pin.base === state.selected);
    placeRing(this.selected, selected && !isMarked ? toScreen(selected) : null);
  }
}

/**
 * @param {Place} home
 * @param {Place} at
 * @param {ToScreen} toScreen
 */
function ghost(home, at, toScreen) {
  const [from, to] = [toScreen(home), toScreen(at)];
  const mark = svg("circle", { class: "lm-ghost", cx: from.x, cy: from.y, r: GHOST_RADIUS });
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length < GHOST_RADIUS + HANDLE_RADIUS) return [mark];
  const along = (/** @type {number} */ distance) => ({
    x: from.x + ((to.x - from.x) * distance) / length,
    y: from.y + ((to.y - from.y) * distance) / length,
  });
  const [start, end] = [along(GHOST_RADIUS), along(length - HANDLE_RADIUS)];
  return [svg("line", { class: "lm-connector", x1: start.x, y1: start.y, x2: end.x, y2: end.y }), mark];
}

/**
 * @param {SVGCircleElement} ring
 * @param {Place | null} place
 */
function placeRing(ring, place) {
  ring.setAttribute("visibility", place ? "visible" : "hidden");
  if (!place) return;
  ring.setAttribute("cx", String(place.x));
  ring.setAttribute("cy", String(place.y));
}
