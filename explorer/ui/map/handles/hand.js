/**
 * What the hand does with the handles: turns clicks, drags and keys into the next state, shows it at once,
 * and tells the page once a gesture.
 * @import {Target} from "../../browser/live/types"
 * @import {Place} from "../../browser/types"
 * @import {GestureKind, HomedPin, Pins, Props} from "../types"
 */

import { between } from "./along.js";
import { Handles } from "./handles.js";
import { Overlay } from "./overlay.js";
import * as pins from "./pins.js";

/**
 * @typedef {object} HandEvents
 * @property {() => void} activate another handle is the active one
 * @property {(id: string, target: Target) => void} ask decode the active handle's place
 * @property {(kind: GestureKind) => void} commit a gesture has ended
 * @property {() => void} begin a new handle stands where another was
 * @property {() => void} empty no handle is left
 * @property {() => void} frame the handles have been placed on the screen
 * @property {() => void} release a drag has ended
 */

export class Hand {
  /**
   * @param {SVGSVGElement} lines
   * @param {HTMLElement} layer
   * @param {import("../points/camera.js").Camera} camera
   * @param {import("../points/painter.js").Painter} painter
   * @param {HandEvents} events
   */
  constructor(lines, layer, camera, painter, events) {
    this.camera = camera;
    this.painter = painter;
    this.events = events;
    this.overlay = new Overlay(lines);
    /** @type {Props | null} */
    this.props = null;
    /** @type {Pins} */
    this.state = { selected: null, pins: [] };
    /** @type {string | null} */
    this.active = null;
    /** The page's drawing of the path; empty once the handles have moved since. @type {Place[]} */
    this.path = [];
    this.asked = "";
    this.wasInvited = false;
    this.handles = new Handles(layer, {
      touch: (id) => this.#activate(id),
      drag: (id, step) => this.#shift(id, step),
      release: (id) => this.#release(id),
      cancel: (id) => this.#cancel(id),
      sendHome: (id) => this.#commit("move", pins.sendHome(this.state, id)),
      remove: (id) => this.#commit("remove", pins.remove(this.state, id)),
    });
    // A handle that comes later has not been invited.
    layer.addEventListener("animationend", () => this.#settle());
  }

  get isBusy() {
    return this.handles.isBusy;
  }

  destroy() {
    this.handles.destroy();
  }

  /** Draws the eye to the handle, once for as long as the map stands here, until it is touched. */
  invite() {
    if (this.wasInvited) return;
    this.wasInvited = true;
    this.handles.layer.classList.add("lm-inviting");
  }

  #settle() {
    this.handles.layer.classList.remove("lm-inviting");
  }

  /**
   * Takes the page's handles, unless the page has yet to hear of the last gesture.
   * @param {Props} props
   * @param {{isNewMap: boolean, takes: boolean}} options
   */
  adopt(props, { isNewMap, takes }) {
    const { points } = this.painter;
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
    const base = row < 0 ? null : points.ids.at(row);
    const place = row < 0 ? this.camera.toData(at) : points.at(row);
    if (adds && row < 0 && this.#addWaypoint(at)) return;
    if (adds && this.#hasHandles) this.#begin("place", pins.add(this.state, base, place));
    else if (!this.#hasHandles) this.#pick(base);
    else if (base === null) this.#begin("place", pins.placeFree(this.state, place));
    else this.#begin("select", pins.select(base, place));
  }

  get #hasHandles() {
    return this.props?.has_handles ?? false;
  }

  /** On a chart without handles a click only inspects. @param {number | null} base */
  #pick(base) {
    if (base === null) return;
    this.state = { ...this.state, selected: base };
    this.#commit("select", this.state);
  }

  /**
   * A handle within the path, where its line was clicked.
   * @param {Place} at pixel
   */
  #addWaypoint(at) {
    if (this.state.pins.length < 2) return false;
    const { toScreen, toData } = this.camera;
    const found = between(this.#course.map(toScreen), this.state.pins.map(toScreen), at);
    if (!found) return false;
    const state = pins.insert(this.state, toData(found.place), found.after);
    this.active = state.pins[found.after + 1].id;
    this.#commit("place", state);
    return true;
  }

  get #course() {
    return this.path.length > 1 ? this.path : this.state.pins;
  }

  /** Puts everything where the camera now sees it. */
  place() {
    const { points } = this.painter;
    if (!points) return;
    const { toScreen } = this.camera;
    for (const pin of this.state.pins) this.handles.place(pin.id, toScreen(pin));
    const path = this.#hasHandles && this.#course.length > 1 ? this.#course : [];
    this.overlay.render(this.state, path, points.placeOf(this.state.selected), toScreen);
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
    this.#settle();
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
    if (this.props) this.adopt(this.props, { isNewMap: false, takes: true });
    else this.state = pins.sendHome(this.state, id);
  }

  /**
   * A gesture that ends in a new handle, the active one from now on.
   * @param {GestureKind} kind
   * @param {Pins} state
   */
  #begin(kind, state) {
    this.#settle();
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
    this.events.commit(kind);
  }

  #render() {
    if (!pins.find(this.state, this.active)) this.active = this.state.pins.at(-1)?.id ?? null;
    this.handles.render(this.state.pins, this.active, describe);
    this.#ask();
    this.place();
  }

  /**
   * What to ask of a place on the map that is open.
   * @param {Pick<HomedPin, "base" | "x" | "y" | "offset">} pin
   * @returns {Target | null}
   */
  target({ base, x, y, offset }) {
    if (!this.props?.has_handles) return null;
    const { model, version, map, layers } = this.props;
    const [round_trip, likelihood] = [layers.includes("round trip"), layers.includes("likelihood")];
    return { model, version, map: map.id, base, x, y, offset, round_trip, likelihood };
  }

  #ask() {
    const pin = pins.find(this.state, this.active);
    if (!pin) {
      this.asked = "";
      this.events.empty();
      return;
    }
    const target = this.target(pin);
    if (!target) return;
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
