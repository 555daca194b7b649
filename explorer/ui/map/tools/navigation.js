/**
 * Moving about the map and drawing outlines on it: the tools, the surface's pointer and the keys.
 * @import {How, Place} from "../../browser/types"
 */

import { svg } from "../../browser/element.js";
import { howOf } from "../../browser/selection.js";
import { rectangle } from "./polygon.js";
import { Surface } from "./surface.js";

const KEY_PAN = 48;
const KEY_ZOOM = 1.25;
const SMALLEST_BOX = 8;
/** @type {Record<string, Place>} */
const ARROWS = {
  ArrowLeft: { x: KEY_PAN, y: 0 },
  ArrowRight: { x: -KEY_PAN, y: 0 },
  ArrowUp: { x: 0, y: KEY_PAN },
  ArrowDown: { x: 0, y: -KEY_PAN },
};

/**
 * @typedef {object} NavigationEvents
 * @property {(at: Place, options: {adds: boolean, pointerType: string}) => void} click
 * @property {(at: Place | null) => void} hover
 * @property {(polygon: Place[], how: How) => void} enclose in map units
 */

export class Navigation {
  /**
   * @param {HTMLElement} surface
   * @param {SVGSVGElement} lines
   * @param {import("../points/camera.js").Camera} camera
   * @param {NavigationEvents} events
   */
  constructor(surface, lines, camera, events) {
    this.node = surface;
    this.camera = camera;
    this.events = events;
    /** @type {import("./toolbar.js").Tool} */
    this.tool = "pan";
    this.shape = svg("polygon", { class: "lm-outline", visibility: "hidden", "data-testid": "map-outline" });
    lines.append(this.shape);
    this.surface = new Surface(surface, {
      pans: () => this.tool === "pan",
      pan: (step) => camera.pan(step),
      zoom: (at, factor) => camera.zoom(at, factor),
      outline: (trail) => this.#outline(trail),
      close: (trail, keys) => this.#close(trail, keys),
      cancel: () => this.#hide(),
      click: events.click,
      hover: events.hover,
    });
    surface.addEventListener("keydown", (event) => this.#key(event));
    this.choose("pan");
  }

  /** @param {import("./toolbar.js").Tool} tool */
  choose(tool) {
    this.tool = tool;
    this.node.dataset.tool = tool;
  }

  /** Whether an outline was being drawn, which is dropped. */
  cancel() {
    const isDrawing = this.surface.trail.length > 1;
    this.surface.cancel();
    return isDrawing;
  }

  /**
   * The corners that a drag stands for, in pixels.
   * @param {Place[]} trail
   */
  #corners(trail) {
    const held = trail.map((place) => this.camera.hold(place));
    return this.tool === "lasso" ? held : rectangle(held[0], /** @type {Place} */ (held.at(-1)));
  }

  /** @param {Place[]} trail */
  #outline(trail) {
    this.shape.setAttribute("points", this.#corners(trail).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
    this.shape.setAttribute("visibility", "visible");
  }

  /**
   * @param {Place[]} trail
   * @param {import("./surface.js").Keys} keys
   */
  #close(trail, keys) {
    const corners = this.#corners(trail);
    this.#hide();
    if (this.tool !== "zoom") this.events.enclose(corners.map(this.camera.toData), howOf(keys));
    else if (Math.hypot(corners[0].x - corners[2].x, corners[0].y - corners[2].y) >= SMALLEST_BOX) {
      this.camera.box(corners[0], corners[2]);
    }
  }

  #hide() {
    this.shape.setAttribute("visibility", "hidden");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.node) return;
    const { width, height } = this.camera.size;
    const middle = { x: width / 2, y: height / 2 };
    const arrow = ARROWS[event.key];
    if (arrow) this.camera.pan(arrow);
    else if (event.key === "+" || event.key === "=") this.camera.zoom(middle, 1 / KEY_ZOOM);
    else if (event.key === "-") this.camera.zoom(middle, KEY_ZOOM);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
