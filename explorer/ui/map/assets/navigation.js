/**
 * Moving about the map: the tools, the surface's pointer and the keys steer the camera.
 * @import {Place} from "./types"
 */

import { Surface } from "./surface.js";
import { Toolbar } from "./toolbar.js";

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
 */

export class Navigation {
  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} surface
   * @param {HTMLElement} box
   * @param {import("./camera.js").Camera} camera
   * @param {NavigationEvents} events
   */
  constructor(stage, surface, box, camera, events) {
    this.surface = surface;
    this.box = box;
    this.camera = camera;
    /** @type {import("./toolbar.js").Tool} */
    this.tool = "pan";
    this.toolbar = new Toolbar(stage, { choose: (tool) => this.#choose(tool), reset: () => camera.reset() });
    new Surface(surface, {
      tool: () => this.tool,
      pan: (step) => camera.pan(step),
      zoom: (at, factor) => camera.zoom(at, factor),
      stretchBox: (from, to) => this.#stretch(from, camera.hold(to)),
      dropBox: (from, to) => this.#drop(from, camera.hold(to)),
      cancelBox: () => this.#hideBox(),
      click: events.click,
      hover: events.hover,
    });
    surface.addEventListener("keydown", (event) => this.#key(event));
    this.#choose("pan");
  }

  /** @param {import("./toolbar.js").Tool} tool */
  #choose(tool) {
    this.tool = tool;
    this.toolbar.show(tool);
    this.surface.dataset.tool = tool;
  }

  /**
   * @param {Place} from
   * @param {Place} to
   */
  #stretch(from, to) {
    this.box.hidden = false;
    Object.assign(this.box.style, {
      left: `${Math.min(from.x, to.x)}px`,
      top: `${Math.min(from.y, to.y)}px`,
      width: `${Math.abs(from.x - to.x)}px`,
      height: `${Math.abs(from.y - to.y)}px`,
    });
  }

  /**
   * @param {Place} from
   * @param {Place} to
   */
  #drop(from, to) {
    this.#hideBox();
    if (Math.hypot(from.x - to.x, from.y - to.y) >= SMALLEST_BOX) this.camera.box(from, to);
  }

  #hideBox() {
    this.box.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.camera.size;
    const middle = { x: width / 2, y: height / 2 };
    const arrow = ARROWS[event.key];
    if (arrow) this.camera.pan(arrow);
    else if (event.key === "+" || event.key === "=") this.camera.zoom(middle, 1 / KEY_ZOOM);
    else if (event.key === "-") this.camera.zoom(middle, KEY_ZOOM);
    else if (event.key === "0") this.camera.reset();
    else if (event.key === "p") this.#choose("pan");
    else if (event.key === "z") this.#choose("box");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
