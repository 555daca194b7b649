/**
 * What a pointer does on the map outside the handles: click, hover, pan, an outline, wheel and pinch.
 * It only tells; the map decides. Places are pixels from the surface's top left corner.
 * @import {Place} from "../../browser/types"
 */

import { Press } from "../../browser/press.js";

/**
 * @typedef {object} SurfaceEvents
 * @property {() => boolean} pans whether a drag moves the map; else it draws an outline
 * @property {(step: Place) => void} pan
 * @property {(at: Place, factor: number) => void} zoom
 * @property {(trail: Place[]) => void} outline every place so far, from the press on
 * @property {(trail: Place[], keys: Keys) => void} close
 * @property {() => void} cancel
 * @property {(at: Place, options: {adds: boolean, pointerType: string}) => void} click
 * @property {(at: Place | null) => void} hover
 */
/** @typedef {{shiftKey: boolean, altKey: boolean}} Keys */

const WHEEL_LINE_PIXELS = 16;
const WHEEL_RATE = 0.0016;
// An outline's corners are no closer than this.
const CORNER_PIXELS = 2;
// A finger that rests this long sets a handle more, as Shift does for a mouse.
const LONG_PRESS_MS = 550;

export class Surface {
  /**
   * @param {HTMLElement} node
   * @param {SurfaceEvents} events
   */
  constructor(node, events) {
    this.node = node;
    this.events = events;
    /** @type {Map<number, Place>} */
    this.fingers = new Map();
    /** @type {Press | null} */
    this.press = null;
    /** @type {Place[]} */
    this.trail = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.rest = undefined;
    node.addEventListener("pointerdown", (event) => this.#down(event));
    node.addEventListener("pointermove", (event) => this.#move(event));
    node.addEventListener("pointerup", (event) => this.#up(event));
    node.addEventListener("pointercancel", (event) => this.#cancel(event));
    node.addEventListener("pointerleave", () => events.hover(null));
    // Onto a handle: it hides the point below it.
    node.addEventListener("pointerover", (event) => event.target !== node && events.hover(null));
    node.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** @param {MouseEvent} event */
  #place(event) {
    const box = this.node.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    const place = this.#place(event);
    this.node.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, place);
    this.events.hover(null);
    clearTimeout(this.rest);
    if (this.fingers.size === 1) {
      this.press = new Press(place, event.pointerType);
      this.trail = [place];
      if (event.pointerType === "touch") this.rest = setTimeout(() => this.#rested(place), LONG_PRESS_MS);
      return;
    }
    this.press?.spoil();
    this.cancel();
  }

  /** @param {Place} place */
  #rested(place) {
    if (!this.press || this.press.isDrag) return;
    this.press.spoil();
    this.events.click(place, { adds: true, pointerType: "touch" });
  }

  /** Drops the outline that is being drawn. */
  cancel() {
    this.trail = [];
    this.events.cancel();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const place = this.#place(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.events.hover(place);
      return;
    }
    this.fingers.set(event.pointerId, place);
    if (this.fingers.size > 1) this.#pinch(event.pointerId, before, place);
    else this.#drag(place);
  }

  /** @param {Place} place */
  #drag(place) {
    const step = this.press?.move(place);
    if (!this.press || !step) return;
    if (this.events.pans()) this.events.pan(step);
    else this.#extend(place);
  }

  /** @param {Place} place */
  #extend(place) {
    const last = this.trail.at(-1);
    if (!last) return;
    if (Math.hypot(place.x - last.x, place.y - last.y) >= CORNER_PIXELS) this.trail.push(place);
    this.events.outline(this.trail);
  }

  /**
   * @param {number} pointerId
   * @param {Place} before
   * @param {Place} after
   */
  #pinch(pointerId, before, after) {
    const other = [...this.fingers].find(([id]) => id !== pointerId)?.[1];
    if (!other) return;
    const spread = (/** @type {Place} */ a) => Math.max(Math.hypot(a.x - other.x, a.y - other.y), 1);
    const middle = { x: (after.x + other.x) / 2, y: (after.y + other.y) / 2 };
    this.events.pan({ x: (after.x - before.x) / 2, y: (after.y - before.y) / 2 });
    this.events.zoom(middle, spread(before) / spread(after));
    if (this.press) this.press.last = other;
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const place = this.#place(event);
    const press = this.press;
    clearTimeout(this.rest);
    if (!this.fingers.delete(event.pointerId) || !press) return;
    if (this.fingers.size > 0) {
      press.last = [...this.fingers.values()][0];
      return;
    }
    this.press = null;
    if (!press.isDrag) this.events.click(press.start, { adds: event.shiftKey, pointerType: event.pointerType });
    else if (!this.events.pans() && this.trail.length > 0) this.events.close([...this.trail, place], event);
    this.trail = [];
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    this.fingers.delete(event.pointerId);
    if (this.fingers.size > 0) return;
    this.press = null;
    clearTimeout(this.rest);
    this.cancel();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * WHEEL_LINE_PIXELS : event.deltaY;
    // A trackpad's pinch comes as a wheel with Ctrl and much smaller steps.
    const rate = event.ctrlKey ? WHEEL_RATE * 5 : WHEEL_RATE;
    this.events.zoom(this.#place(event), Math.exp(Math.max(-240, Math.min(240, pixels)) * rate));
  }
}
