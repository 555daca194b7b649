/**
 * Where each map was left: the window of the map that is open, remembered by (model, map) while the page lives.
 * @import {Place, Size} from "../../browser/types"
 * @import {Bounds, MapWindow} from "../types"
 */

import { boxZoom, fit, limit, pan, ranges, toData, toScreen, zoomAt } from "./window.js";

/** @type {Map<string, MapWindow>} */
const left = new Map();

export class Camera {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.key = "";
    /** @type {Size} */
    this.size = { width: 1, height: 1 };
    /** @type {Bounds} */
    this.bounds = { x0: 0, x1: 1, y0: 0, y1: 1 };
    this.whole = fit(this.bounds, this.size);
    this.window = this.whole;
  }

  /**
   * Opens a map where it was left, or shows all of it.
   * @param {string} key
   * @param {Bounds} bounds
   * @param {Size} size
   */
  open(key, bounds, size) {
    Object.assign(this, { key, bounds, size, whole: fit(bounds, size) });
    this.window = left.get(key) ?? this.whole;
  }

  /** @param {Size} size */
  resize(size) {
    this.size = size;
    this.whole = fit(this.bounds, size);
    this.window = left.get(this.key) ?? this.whole;
  }

  get magnification() {
    return this.whole.scale / this.window.scale;
  }

  /** @param {Place} step pixels */
  pan(step) {
    this.#show(pan(this.window, step.x, step.y));
  }

  /**
   * @param {Place} at pixel
   * @param {number} factor
   */
  zoom(at, factor) {
    const { scale } = limit({ ...this.window, scale: this.window.scale * factor }, this.whole);
    this.#show(zoomAt(this.window, this.size, at, scale / this.window.scale));
  }

  /**
   * @param {Place} from
   * @param {Place} to
   */
  box(from, to) {
    this.#show(limit(boxZoom(this.window, this.size, from, to), this.whole));
  }

  reset() {
    left.delete(this.key);
    this.window = this.whole;
    this.onChange();
  }

  /** @param {MapWindow} window */
  #show(window) {
    this.window = window;
    left.set(this.key, window);
    this.onChange();
  }

  /** @param {Place} place in map units */
  toScreen = (place) => toScreen(this.window, this.size, place);

  /** @param {Place} pixel */
  toData = (pixel) => toData(this.window, this.size, pixel);

  /** @param {Place} pixel */
  sees({ x, y }) {
    return x >= 0 && y >= 0 && x <= this.size.width && y <= this.size.height;
  }

  /**
   * @param {Place} pixel
   * @returns {Place} the nearest one in sight
   */
  hold({ x, y }) {
    const { width, height } = this.size;
    return { x: Math.min(Math.max(x, 0), width), y: Math.min(Math.max(y, 0), height) };
  }

  /** The axes' ranges as "x0 x1 y0 y1". */
  describe() {
    const { x, y } = ranges(this.window, this.size);
    return [...x, ...y].map((end) => end.toPrecision(9)).join(" ");
  }
}
