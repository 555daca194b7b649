/**
 * The points on a plain canvas, for browsers without WebGL: slower, and all there.
 * @import {Size} from "../../browser/types"
 * @import {MapWindow} from "../types"
 * @import {Look, Shades} from "./webgl.js"
 */

import { toScreen } from "./window.js";

export class CanvasPoints {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.x = new Float32Array();
    this.y = new Float32Array();
    /** @type {Shades} */
    this.shades = { colours: new Uint8Array(), hasQuiet: false };
  }

  /**
   * @param {Float32Array} x
   * @param {Float32Array} y
   */
  place(x, y) {
    this.x = new Float32Array(x);
    this.y = new Float32Array(y);
  }

  startFrom() {}

  /** @param {Shades} shades */
  shade(shades) {
    this.shades = shades;
  }

  /**
   * @param {MapWindow} window
   * @param {Size} size
   * @param {Look} look
   */
  draw(window, size, look) {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const ratio = this.canvas.width / size.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    for (const isQuiet of this.shades.hasQuiet ? [true, false] : [false]) this.#pass(context, window, size, look, isQuiet);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {MapWindow} window
   * @param {Size} size
   * @param {Look} look
   * @param {boolean} isQuiet
   */
  #pass(context, window, size, { size: diameter, opacity, quiet }, isQuiet) {
    const { colours } = this.shades;
    for (let row = 0; row < this.x.length; row++) {
      const at = 4 * row;
      if ((colours[at + 3] < 128) !== isQuiet) continue;
      const { x, y } = toScreen(window, size, { x: this.x[row], y: this.y[row] });
      if (!(x >= -diameter && y >= -diameter && x <= size.width + diameter && y <= size.height + diameter)) continue;
      const [r, g, b, a] = isQuiet ? quiet.map((v, i) => (i < 3 ? 255 * v : v)) : [colours[at], colours[at + 1], colours[at + 2], opacity];
      context.fillStyle = `rgba(${r}, ${g}, ${b}, ${a})`;
      context.beginPath();
      context.arc(x, y, diameter / 2, 0, 2 * Math.PI);
      context.fill();
    }
  }

  destroy() {}
}
