/**
 * Brings the plot to what the page asks for with as little work as that takes: a new map draws, a new colour
 * or filter restyles, a new theme relayouts. Steps run one after another.
 * @import {Column, Props, Size} from "./types"
 */

import { margins, Plot, plotLayout } from "./plot.js";
import { markerSize, Points } from "./points.js";
import { ranges } from "./view.js";
import { readTheme } from "./theme.js";

const MARKER_DELAY_MS = 140;

export class Painter {
  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} node Plotly's
   * @param {import("./camera.js").Camera} camera
   */
  constructor(stage, node, camera) {
    this.stage = stage;
    this.node = node;
    this.camera = camera;
    /** @type {Plot | null} */
    this.plot = null;
    /** @type {Points | null} */
    this.points = null;
    /** @type {[string, string] | null} */
    this.axisLabels = null;
    this.drawn = { map: "", colour: "", theme: "", markerSize: 0 };
    this.nDraws = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.markers = undefined;
  }

  /** @param {Props} props */
  isNewMap(props) {
    return mapKey(props) !== this.drawn.map;
  }

  /**
   * @param {import("./types").PlotlyApi} plotly
   * @param {Record<string, Column>} columns
   * @param {Props} props
   */
  async show(plotly, columns, props) {
    this.plot ??= new Plot(plotly, this.node);
    if (!this.points || this.isNewMap(props)) await this.#draw(this.plot, new Points(columns, props), props);
    else if (colourKey(props) !== this.drawn.colour) await this.#recolour(this.plot, this.points, columns, props);
    await this.#applyTheme(this.plot);
  }

  /**
   * @param {Plot} plot
   * @param {Points} points
   * @param {Props} props
   */
  async #draw(plot, points, props) {
    this.points = points;
    this.axisLabels = props.axis_labels;
    this.camera.open(`${props.model} ${props.map.id}`, points.grid.box, this.surfaceSize());
    const theme = readTheme(this.stage);
    const size = markerSize(props.n_examples, this.camera.magnification);
    const layout = plotLayout(this.stageSize(), ranges(this.camera.view, this.camera.size), props.axis_labels, theme);
    await plot.draw({ x: points.x, y: points.y, colours: points.colours(props.colour), visible: points.visibleRows() }, size, layout);
    this.drawn = { map: mapKey(props), colour: colourKey(props), theme: JSON.stringify(theme), markerSize: size };
    this.nDraws += 1;
  }

  /**
   * @param {Plot} plot
   * @param {Points} points
   * @param {Record<string, Column>} columns
   * @param {Props} props
   */
  async #recolour(plot, points, columns, props) {
    points.recolour(columns, props);
    await plot.recolour({ colours: points.colours(props.colour), visible: points.visibleRows() });
    this.drawn.colour = colourKey(props);
  }

  /** @param {Plot} plot */
  async #applyTheme(plot) {
    const theme = readTheme(this.stage);
    const key = JSON.stringify(theme);
    if (key === this.drawn.theme) return;
    this.drawn.theme = key;
    await plot.setTheme(theme);
  }

  /** The camera has moved. */
  follow() {
    if (!this.plot?.isDrawn || !this.points) return;
    void this.plot.setRanges(ranges(this.camera.view, this.camera.size));
    clearTimeout(this.markers);
    this.markers = setTimeout(() => this.#resizeMarkers(), MARKER_DELAY_MS);
  }

  /** Dots grow once the zoom has come to rest: their size is the one thing that is costly to change. */
  #resizeMarkers() {
    if (!this.plot?.isDrawn || !this.points) return;
    const size = markerSize(this.points.x.length, this.camera.magnification);
    if (Math.abs(size - this.drawn.markerSize) < 0.25) return;
    this.drawn.markerSize = size;
    void this.plot.resizeMarkers(size);
  }

  /** The stage has another size. */
  resize() {
    if (!this.plot?.isDrawn) return;
    this.camera.resize(this.surfaceSize());
    void this.plot.setSize(this.stageSize(), ranges(this.camera.view, this.camera.size));
  }

  /** @returns {Size} */
  stageSize() {
    return { width: Math.max(this.stage.clientWidth, 120), height: Math.max(this.stage.clientHeight, 120) };
  }

  margin() {
    return margins(this.axisLabels);
  }

  /** @returns {Size} */
  surfaceSize() {
    const { width, height } = this.stageSize();
    const { l, r, t, b } = this.margin();
    return { width: width - l - r, height: height - t - b };
  }

  destroy() {
    clearTimeout(this.markers);
    this.plot?.purge();
  }
}

/** @param {Props} props */
function mapKey({ model, version, map, axis_labels }) {
  return JSON.stringify([model, version, map.id, map.x, map.y, axis_labels]);
}

/** @param {Props} props */
function colourKey({ colour, visible_labels }) {
  return JSON.stringify([colour, visible_labels]);
}
