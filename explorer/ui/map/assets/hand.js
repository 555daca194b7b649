/**
 * What the hand does with the handles: turns clicks, drags and keys into the next state, shows it at once,
 * and tells the page once a gesture.
 * @import {Gesture, GestureKind, HomedPin, Pins, Place, Props, Target} from "./types"
 */

import { Handles } from "./handles.js";
import { Overlay } from "./overlay.js";
import * as pins from "./pins.js";
import { Turn } from "./turn.js";

/**
 * @typedef {object} HandEvents
 * @property {() => void} activate another handle is the active one
 * @property {(id: string, target: Target) => void} ask decode the active handle's place
 * @property {() => void} begin a new handle stands where another was
 * @property {() => void} empty no handle is left
 * @property {() => void} frame the handles have been placed on the screen
 * @property {() => void} release a drag has ended
 */

export class Hand {
  /**
   * @param {SVGSVGElement} lines
   * @param {HTMLElement} layer
   * @param {import("./camera.js").Camera} camera
   * @param {import("./painter.js").Painter} painter
   * @param {HandEvents} events
   */
  constructor(lines, layer, camera, painter, events) {
    this.camera = camera;
    this.painter = painter;
    this.events = events;
    this.overlay = new Overlay(lines);
    this.turn = new Turn();
    /** @type {(gesture: Gesture) => void} */
    this.send = () => {};
    /** @type {Props | null} */
    this.props = null;
    /** @type {Pins} */
    this.state = { selected: null, pins: [] };
    /** @type {string | null} */
    this.active = null;
    /** The page's drawing of the path; empty once the handles have moved since. @type {Place[]} */
    this.path = [];
    this.asked = "";
    this.handles = new Handles(layer, {
      touch: (id) => this.#activate(id),
      drag: (id, step) => this.#shift(id, step),
      release: (id) => this.#release(id),
      cancel: (id) => this.#cancel(id),
      sendHome: (id) => this.#commit("move", pins.sendHome(this.state, id)),
      remove: (id) => this.#commit("remove", pins.remove(this.state, id)),
    });
  }

  get isBusy() {
    return this.handles.isBusy;
  }

  destroy() {
    this.handles.destroy();
  }

  /** @param {boolean} pulses */
  invite(pulses) {
    this.handles.layer.classList.toggle("lm-inviting", pulses);
  }

  /**
   * Takes the page's handles, unless the page has yet to hear of the last gesture.
   * @param {Props} props
   * @param {boolean} isNewMap
   */
  adopt(props, isNewMap) {
    const { points } = this.painter;
    const takes = this.turn.takes(props.acknowledged, props.revision) || isNewMap;
    if (isNewMap) this.asked = "";
    this.props = props;
    if (points && takes && !this.isBusy) {
      const known = isNewMap ? [] : this.state.pins;
      const placed = pins.withHomes(props.handles, (id) => points.placeOf(id), known);
      this.state = { selected: props.selected, pins: placed };
      this.path = props.path.map(([x, y]) => ({ x, y }));
    }
    this.#render();
  }

  /**
   * @param {Place} at pixel
   * @param {{adds: boolean, pointerType: string}} options
   */
  click(at, { adds, pointerType }) {
    const { points } = this.painter;
    if (!points) return;
    const row = points.pick(this.camera, at, pointerType);
    const base = row < 0 ? null : points.ids[row];
    const place = row < 0 ? this.camera.toData(at) : points.at(row);
    if (adds) this.#begin("place", pins.add(this.state, base, place));
    else if (base === null) this.#begin("place", pins.placeFree(this.state, place));
    else this.#begin("select", pins.select(base, place));
  }

  /** Puts everything where the camera now sees it. */
  place() {
    const { points } = this.painter;
    if (!points) return;
    const { toScreen } = this.camera;
    for (const pin of this.state.pins) this.handles.place(pin.id, toScreen(pin));
    const path = this.path.length > 1 ? this.path : this.state.pins;
    this.overlay.render(this.state, path.length > 1 ? path : [], points.placeOf(this.state.selected), toScreen);
    this.events.frame();
  }

  /** @returns {Place | null} where the active handle is on the surface, if in sight */
  activeOnScreen() {
    const pin = pins.find(this.state, this.active);
    const at = pin && this.camera.toScreen(pin);
    return at && this.camera.sees(at) ? at : null;
  }

  /** @param {string} id */
  #activate(id) {
    this.invite(false);
    if (id === this.active) return;
    this.active = id;
    this.events.activate();
    this.#render();
  }

  /**
   * @param {string} id
   * @param {Place} step pixels
   */
  #shift(id, step) {
    const pin = pins.find(this.state, id);
    if (!pin) return;
    const at = this.camera.toScreen(pin);
    const place = this.camera.toData(this.camera.hold({ x: at.x + step.x, y: at.y + step.y }));
    this.state = pins.move(this.state, id, place);
    this.path = [];
    this.#render();
  }

  /** @param {string} id */
  #release(id) {
    this.events.release();
    if (pins.find(this.state, id)) this.#commit("move", this.state);
  }

  /** The pointer was taken away in mid-drag: back to what the page knows. @param {string} id */
  #cancel(id) {
    if (this.props) this.adopt(this.props, false);
    else this.state = pins.sendHome(this.state, id);
  }

  /**
   * A gesture that ends in a new handle, the active one from now on.
   * @param {GestureKind} kind
   * @param {Pins} state
   */
  #begin(kind, state) {
    this.invite(false);
    this.active = state.pins.at(-1)?.id ?? null;
    this.events.begin();
    this.#commit(kind, state);
  }

  /**
   * @param {GestureKind} kind
   * @param {Pins} state
   */
  #commit(kind, state) {
    this.state = state;
    this.path = [];
    this.#render();
    this.send(pins.gesture(this.turn.next(Date.now()), kind, state));
  }

  #render() {
    if (!pins.find(this.state, this.active)) this.active = this.state.pins.at(-1)?.id ?? null;
    this.handles.render(this.state.pins, this.active, describe);
    this.#ask();
    this.place();
  }

  #ask() {
    const pin = pins.find(this.state, this.active);
    if (!pin) {
      this.asked = "";
      this.events.empty();
      return;
    }
    if (!this.props) return;
    const target = { model: this.props.model, map: this.props.map.id, base: pin.base, x: pin.x, y: pin.y };
    const key = JSON.stringify([pin.id, target]);
    if (key === this.asked) return;
    this.asked = key;
    this.events.ask(pin.id, target);
  }
}

/**
 * @param {HomedPin} pin
 * @param {number} order
 */
function describe(pin, order) {
  const carried = pin.base === null ? "free handle" : `handle of example ${pin.base}`;
  return `${order + 1}: ${carried}, ${pins.isHome(pin) ? "at home" : "moved"}`;
}
