/**
 * The handles: one focusable button each, kept across renders, dragged with a captured pointer.
 * @import {Place} from "../../browser/types"
 * @import {HomedPin} from "../types"
 */

import { element, moveTo } from "../../browser/element.js";
import { Press } from "../../browser/press.js";

/**
 * @typedef {object} HandleEvents
 * @property {(id: string) => void} touch the handle becomes the active one
 * @property {(id: string, step: Place) => void} drag by pixels since the last call, with pointer or keys
 * @property {(id: string) => void} release the pointer, or the keys after a moment
 * @property {(id: string) => void} cancel
 * @property {(id: string) => void} sendHome
 * @property {(id: string) => void} remove
 */

const STEP = 4;
const BIG_STEP = 24;
const SETTLE_MS = 300;
/** @type {Record<string, Place>} */
const ARROWS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export class Handles {
  /**
   * @param {HTMLElement} layer
   * @param {HandleEvents} events
   */
  constructor(layer, events) {
    this.layer = layer;
    this.events = events;
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    /** @type {{id: string, press: Press} | null} */
    this.held = null;
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.settling = new Map();
  }

  /** Whether a gesture is under way. */
  get isBusy() {
    return this.held !== null || this.settling.size > 0;
  }

  /**
   * @param {HomedPin[]} pins
   * @param {string | null} active
   * @param {(pin: HomedPin, order: number) => string} describe
   */
  render(pins, active, describe) {
    const ids = new Set(pins.map((pin) => pin.id));
    for (const [id, button] of this.buttons) if (!ids.has(id)) this.#drop(id, button);
    pins.forEach((pin, order) => {
      const button = this.buttons.get(pin.id) ?? this.#create(pin.id);
      button.textContent = pins.length > 1 ? String(order + 1) : "";
      button.setAttribute("aria-label", describe(pin, order));
      button.classList.toggle("lm-active", pin.id === active);
    });
  }

  /**
   * @param {string} id
   * @param {Place} place
   */
  place(id, place) {
    const button = this.buttons.get(id);
    if (button) moveTo(button, place);
  }

  /**
   * @param {string} id
   * @param {HTMLButtonElement} button
   */
  #drop(id, button) {
    clearTimeout(this.settling.get(id));
    this.settling.delete(id);
    if (this.held?.id === id) this.held = null;
    button.remove();
    this.buttons.delete(id);
  }

  /** @param {string} id */
  #create(id) {
    const button = element("button", "lm-handle", {
      attributes: {
        type: "button",
        "data-handle": id,
        title: "Drag or use the arrow keys. Escape or a double-click returns it home, Delete removes it.",
      },
    });
    button.addEventListener("pointerdown", (event) => this.#down(id, button, event));
    button.addEventListener("pointermove", (event) => this.#move(id, event));
    button.addEventListener("pointerup", (event) => this.#up(id, event));
    button.addEventListener("pointercancel", (event) => this.#lost(id, event));
    button.addEventListener("dblclick", () => this.events.sendHome(id));
    button.addEventListener("focus", () => this.events.touch(id));
    button.addEventListener("blur", () => this.#flush(id));
    button.addEventListener("keydown", (event) => this.#key(id, event));
    this.buttons.set(id, button);
    this.layer.append(button);
    return button;
  }

  /**
   * @param {string} id
   * @param {HTMLButtonElement} button
   * @param {PointerEvent} event
   */
  #down(id, button, event) {
    event.stopPropagation();
    if (event.button !== 0 || this.held) return;
    button.setPointerCapture(event.pointerId);
    button.classList.add("lm-held");
    this.held = { id, press: new Press({ x: event.clientX, y: event.clientY }, event.pointerType) };
    this.events.touch(id);
  }

  /**
   * @param {string} id
   * @param {PointerEvent} event
   */
  #move(id, event) {
    event.stopPropagation();
    const step = this.held?.id === id ? this.held.press.move({ x: event.clientX, y: event.clientY }) : null;
    if (step) this.events.drag(id, step);
  }

  /**
   * @param {string} id
   * @param {PointerEvent} event
   */
  #up(id, event) {
    event.stopPropagation();
    if (this.#letGo(id)?.isDrag) this.events.release(id);
  }

  /**
   * @param {string} id
   * @param {PointerEvent} event
   */
  #lost(id, event) {
    event.stopPropagation();
    if (this.#letGo(id)?.isDrag) this.events.cancel(id);
  }

  /** @param {string} id */
  #letGo(id) {
    if (this.held?.id !== id) return null;
    const { press } = this.held;
    this.held = null;
    this.buttons.get(id)?.classList.remove("lm-held");
    return press;
  }

  /**
   * @param {string} id
   * @param {KeyboardEvent} event
   */
  #key(id, event) {
    const arrow = ARROWS[event.key];
    if (arrow) this.#nudge(id, arrow, event.shiftKey ? BIG_STEP : STEP);
    else if (event.key === "Escape") this.#escape(id);
    else if (event.key === "Delete" || event.key === "Backspace") this.events.remove(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} id */
  #escape(id) {
    this.#letGo(id);
    clearTimeout(this.settling.get(id));
    this.settling.delete(id);
    this.events.sendHome(id);
  }

  /**
   * @param {string} id
   * @param {Place} arrow
   * @param {number} pixels
   */
  #nudge(id, arrow, pixels) {
    if (this.held) return;
    this.events.drag(id, { x: arrow.x * pixels, y: arrow.y * pixels });
    // A run of key presses is one gesture.
    clearTimeout(this.settling.get(id));
    this.settling.set(id, setTimeout(() => this.#flush(id), SETTLE_MS));
  }

  /** @param {string} id */
  #flush(id) {
    if (!this.settling.has(id)) return;
    clearTimeout(this.settling.get(id));
    this.settling.delete(id);
    this.events.release(id);
  }

  destroy() {
    for (const timer of this.settling.values()) clearTimeout(timer);
    this.settling.clear();
  }
}
