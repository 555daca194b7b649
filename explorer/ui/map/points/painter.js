/**
 * Brings the plot to what the page asks for with as little work as that takes: a new map moves the points, a new colour,
 * filter or selection shades them anew, and everything else is drawn from what is in the graphics memory already.
 * @import {Column} from "../../browser/live/types"
 * @import {Size} from "../../browser/types"
 * @import {Props, MapWindow} from "../types"
 */

import { Axes, margins } from "./axes.js";
import { CanvasPoints } from "./canvas.js";
import { markerOpacity, markerSize, Points } from "./points.js";
import { quietColour } from "./theme.js";
import { WebGLPoints } from "./webgl.js";

const TRANSITION_MS = 700;
// A transition draws all points at every frame.
const MOST_MOVING = 200_000;

export class Painter {
  /**
   * @param {HTMLElement} stage
   * @param {{canvas: HTMLCanvasElement, axes: SVGSVGElement}} layers
   * @param {import("./camera.js").Camera} camera
   */
  constructor(stage, { canvas, axes }, camera) {
    this.stage = stage;
    this.canvas = canvas;
    this.camera = camera;
    this.axes = new Axes(axes);
    this.layer = WebGLPoints.on(canvas, () => this.#restore()) ?? new CanvasPoints(canvas);
    /** @type {Points | null} */
    this.points = null;
    /** @type {Props | null} */
    this.props = null;
    this.drawn = { map: "", colour: "", examples: "" };
    /** @type {{window: MapWindow, from: number} | null} */
    this.transition = null;
    this.frame = 0;
    this.nDraws = 0;
  }

  /** @param {Props} props */
  isNewMap(props) {
    return mapKey(props) !== this.drawn.map;
  }

  /**
   * @param {Record<string, Column>} columns
   * @param {Props} props
   * @param {Uint8Array} mask 1 where a row is selected
   */
  show(columns, props, mask) {
    this.props = props;
    if (!this.points || this.isNewMap(props)) this.#place(new Points(columns, props, mask), props);
    else {
      if (colourKey(props) !== this.drawn.colour) this.points.recolour(columns, props);
      this.points.choose(mask);
      this.#shade();
    }
    this.follow();
  }

  /** Another selection, before the page has heard of it. @param {Uint8Array} mask */
  choose(mask) {
    if (!this.points) return;
    this.points.choose(mask);
    this.#shade();
    this.follow();
  }

  /**
   * @param {Points} points
   * @param {Props} props
   */
  #place(points, props) {
    const before = this.points;
    const isSame = before && this.drawn.examples === examplesKey(props) && before.count === points.count;
    const moves = isSame && points.count <= MOST_MOVING && !prefersStillness();
    this.transition = moves ? { window: this.camera.window, from: performance.now() } : null;
    this.points = points;
    this.drawn = { map: mapKey(props), colour: colourKey(props), examples: examplesKey(props) };
    this.fitCanvas();
    this.camera.open(`${props.model} ${props.map.id}`, points.box, this.surfaceSize());
    this.layer.place(floats(points.x), floats(points.y), moves ? { x: floats(before.x), y: floats(before.y) } : null);
    this.#shade();
    this.nDraws += 1;
  }

  #shade() {
    if (!this.points || !this.props) return;
    this.layer.shade(this.points.shades(this.props.colour));
    this.drawn.colour = colourKey(this.props);
  }

  #restore() {
    if (!this.points) return;
    this.layer.place(floats(this.points.x), floats(this.points.y), null);
    this.#shade();
    this.follow();
  }

  /** Draws all that the camera sees. */
  follow() {
    const { points, props, camera } = this;
    if (!points || !props) return;
    this.axes.draw(camera.window, camera.size, props.axis_labels, props.diagonal);
    this.layer.draw(camera.window, camera.size, this.look(points), this.#transition());
    if (this.transition) this.frame ||= requestAnimationFrame(() => this.#next());
  }

  #next() {
    this.frame = 0;
    this.follow();
  }

  /** @param {Points} points */
  look(points) {
    const { magnification } = this.camera;
    return {
      size: markerSize(points.count, magnification),
      opacity: markerOpacity(points.count, magnification),
      quiet: quietColour(this.stage),
    };
  }

  #transition() {
    if (!this.transition) return null;
    const t = (performance.now() - this.transition.from) / TRANSITION_MS;
    if (t >= 1) {
      this.transition = null;
      if (this.points) this.layer.startFrom({ x: floats(this.points.x), y: floats(this.points.y) });
      return null;
    }
    return { window: this.transition.window, share: t * t * (3 - 2 * t) };
  }

  /** Ends a transition at once. */
  settle() {
    if (this.transition) this.transition.from = -Infinity;
    this.follow();
  }

  /** The stage has another size. */
  resize() {
    this.fitCanvas();
    if (!this.points) return;
    this.camera.resize(this.surfaceSize());
    this.follow();
  }

  fitCanvas() {
    const { width, height } = this.surfaceSize();
    const { l, t } = this.margin();
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    Object.assign(this.canvas.style, { left: `${l}px`, top: `${t}px`, width: `${width}px`, height: `${height}px` });
  }

  /** @returns {Size} */
  stageSize() {
    return { width: Math.max(this.stage.clientWidth, 120), height: Math.max(this.stage.clientHeight, 120) };
  }

  margin() {
    return margins(this.props?.axis_labels ?? null);
  }

  /** @returns {Size} */
  surfaceSize() {
    const { width, height } = this.stageSize();
    const { l, r, t, b } = this.margin();
    return { width: width - l - r, height: height - t - b };
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.layer.destroy();
  }
}

/** @param {Column} column */
function floats(column) {
  return /** @type {Float32Array<ArrayBuffer>} */ (column instanceof Float32Array ? column : Float32Array.from(column));
}

function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** @param {Props} props */
function examplesKey({ model, examples }) {
  return JSON.stringify([model, examples]);
}

/** @param {Props} props */
function mapKey({ model, examples, map, axis_labels }) {
  return JSON.stringify([model, examples, map.id, map.x, map.y, axis_labels]);
}

/** @param {Props} props */
function colourKey({ version, colour, visible_labels }) {
  return JSON.stringify([version, colour, visible_labels]);
}
