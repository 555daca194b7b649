/**
 * Grid lines, ticks and titles of a map whose axes mean something; nothing on one whose axes do not.
 * @import {Size} from "../../browser/types"
 * @import {Margin, MapWindow} from "../types"
 */

import { svg } from "../../browser/element.js";
import { formatNumber } from "../../browser/numbers.js";
import { ticks } from "../../browser/ticks.js";
import { ranges } from "./window.js";

const TICK_PIXELS = 90;

/**
 * Room for ticks and titles where there are axes.
 * @param {[string, string] | null} axisLabels
 * @returns {Margin}
 */
export function margins(axisLabels) {
  return axisLabels ? { l: 56, r: 0, t: 0, b: 48 } : { l: 0, r: 0, t: 0, b: 0 };
}

export class Axes {
  /** @param {SVGSVGElement} layer over the whole stage */
  constructor(layer) {
    this.layer = layer;
  }

  /**
   * @param {MapWindow} window
   * @param {Size} surface
   * @param {[string, string] | null} titles
   * @param {boolean} diagonal
   */
  draw(window, surface, titles, diagonal) {
    if (!titles) {
      this.layer.replaceChildren();
      return;
    }
    const { l } = margins(titles);
    const { x, y } = ranges(window, surface);
    const across = ticks(x, surface.width / TICK_PIXELS);
    const up = ticks(y, surface.height / TICK_PIXELS);
    const atX = (/** @type {number} */ value) => l + surface.width / 2 + (value - window.cx) / window.scale;
    const atY = (/** @type {number} */ value) => surface.height / 2 - (value - window.cy) / window.scale;
    const { width, height } = surface;
    this.layer.replaceChildren(
      ...across.values.flatMap((value) => [
        svg("line", { class: grid(value), x1: atX(value), x2: atX(value), y1: 0, y2: height }),
        text(formatNumber(value, across.digits), { class: "lm-tick", x: atX(value), y: height + 16, "text-anchor": "middle" }),
      ]),
      ...up.values.flatMap((value) => [
        svg("line", { class: grid(value), x1: l, x2: l + width, y1: atY(value), y2: atY(value) }),
        text(formatNumber(value, up.digits), { class: "lm-tick", x: l - 8, y: atY(value) + 4, "text-anchor": "end" }),
      ]),
      ...(diagonal ? [diagonalLine(x, y, atX, atY)] : []),
      text(titles[0], { class: "lm-axis-title", x: l + width / 2, y: height + 38, "text-anchor": "middle" }),
      text(titles[1], { class: "lm-axis-title", x: 0, y: 0, "text-anchor": "middle", transform: `translate(14 ${height / 2}) rotate(-90)` }),
    );
  }
}

/** @param {number} value */
function grid(value) {
  return Math.abs(value) < 1e-12 ? "lm-grid lm-grid-zero" : "lm-grid";
}

/**
 * Where both axes are equal, as far as it is in sight.
 * @param {[number, number]} x
 * @param {[number, number]} y
 * @param {(value: number) => number} atX
 * @param {(value: number) => number} atY
 */
function diagonalLine(x, y, atX, atY) {
  const [low, high] = [Math.max(x[0], y[0]), Math.min(x[1], y[1])];
  const end = Math.max(low, high);
  return svg("line", { class: "lm-diagonal", x1: atX(low), y1: atY(low), x2: atX(end), y2: atY(end) });
}

/**
 * @param {string} words
 * @param {Record<string, string | number>} attributes
 */
function text(words, attributes) {
  return svg("text", attributes, [document.createTextNode(words)]);
}
