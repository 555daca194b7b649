/**
 * The examples of one map as the browser holds them: coordinates, ids, labels, the column that colours them, and
 * which of them are in full colour.
 * @import {Column} from "../../browser/live/types"
 * @import {Place} from "../../browser/types"
 * @import {Props} from "../types"
 */

import { formatNumber } from "../../browser/numbers.js";
import { countOf } from "../../browser/selection.js";
import { shades } from "./colours.js";
import { bounds, Grid } from "./grid.js";
import { Ids } from "./ids.js";

const REACH = 8;
const TOUCH_REACH = 16;
// What stands for no label where labels come as bytes.
const UNKNOWN = 255;

export class Points {
  /**
   * @param {Record<string, Column>} columns
   * @param {Props} props
   * @param {Uint8Array} mask 1 where a row is selected
   */
  constructor(columns, props, mask) {
    this.x = columns[props.map.x];
    this.y = columns[props.map.y];
    this.ids = new Ids(columns.example_id);
    this.labels = columns.label;
    this.box = bounds(this.x, this.y);
    /** @type {Grid | null} */
    this.lazyGrid = null;
    this.mask = mask;
    this.nSelected = countOf(mask);
    this.values = columns[props.colour.column];
    this.visible = visibleSet(props);
    this.nVisible = this.#countVisible();
  }

  get count() {
    return this.x.length;
  }

  /** Made when somebody first points at the map: it takes a moment for a million points. */
  get grid() {
    this.lazyGrid ??= new Grid(this.x, this.y, this.box);
    return this.lazyGrid;
  }

  #countVisible() {
    if (this.visible === null) return this.count;
    let count = 0;
    for (let row = 0; row < this.count; row++) count += this.isVisible(row) ? 1 : 0;
    return count;
  }

  /**
   * The point under a pixel, or -1. Points of labels that are turned off are not picked.
   * @param {import("./camera.js").Camera} camera
   * @param {Place} at pixel
   * @param {string} pointerType
   */
  pick(camera, at, pointerType) {
    const reach = pointerType === "touch" ? TOUCH_REACH : REACH;
    return this.grid.nearest(camera.toData(at), reach * camera.window.scale, (row) => this.isVisible(row));
  }

  /**
   * The same places under another colour or filter.
   * @param {Record<string, Column>} columns
   * @param {Props} props
   */
  recolour(columns, props) {
    this.values = columns[props.colour.column];
    this.visible = visibleSet(props);
    this.nVisible = this.#countVisible();
  }

  /** @param {Uint8Array} mask 1 where a row is selected */
  choose(mask) {
    this.mask = mask;
    this.nSelected = countOf(mask);
  }

  /** @param {number} row */
  isVisible(row) {
    return this.visible === null || this.visible.has(this.labels[row]);
  }

  /** In full colour: its label is on, and it is selected or nothing is. @param {number} row */
  isFull(row) {
    return (this.nSelected === 0 || this.mask[row] === 1) && this.isVisible(row);
  }

  /** @param {Props["colour"]} colour */
  shades(colour) {
    const areAllFull = this.nSelected === 0 && this.visible === null;
    return shades(colour, this.values, areAllFull ? null : (row) => this.isFull(row));
  }

  /**
   * @param {number} row
   * @returns {Place}
   */
  at(row) {
    return { x: this.x[row], y: this.y[row] };
  }

  /**
   * @param {number | null} exampleId
   * @returns {Place | null}
   */
  placeOf(exampleId) {
    const row = exampleId === null ? -1 : this.ids.rowOf(exampleId);
    const isPlaced = row >= 0 && Number.isFinite(this.x[row] + this.y[row]);
    return isPlaced ? this.at(row) : null;
  }

  /**
   * @param {number} row
   * @param {Props} props
   */
  describe(row, props) {
    return {
      row,
      label: labelName(this.labels[row], props.label_names),
      exampleId: `example ${this.ids.at(row)}`,
      value: describeValue(this.values[row], props.colour),
    };
  }
}

/** @param {Props} props */
function visibleSet(props) {
  return props.visible_labels === null ? null : new Set(props.visible_labels);
}

/**
 * @param {number} code
 * @param {string[]} names
 */
export function labelName(code, names) {
  return names[code] ?? (code < 0 || code === UNKNOWN ? "no label" : `label ${code}`);
}

/**
 * @param {number} value
 * @param {Props["colour"]} colour
 */
export function describeValue(value, colour) {
  if (colour.kind === "continuous") {
    return Number.isNaN(value) && colour.missing ? `${colour.label}: ${colour.missing}` : `${colour.label} ${formatNumber(value, colour.digits)}`;
  }
  return colour.column === "label" ? "" : `${colour.label}: ${colour.names[value] ?? "no value"}`;
}

/**
 * A dot's diameter in pixels: smaller the more points there are, larger the closer one looks.
 * @param {number} nExamples
 * @param {number} magnification
 */
export function markerSize(nExamples, magnification) {
  const base = Math.min(Math.max(10.5 - 1.5 * Math.log10(Math.max(nExamples, 1)), 2), 7);
  return Math.min(base * Math.max(magnification, 1) ** 0.4, 12);
}

/**
 * How much of what lies below a dot hides: less the more points there are, more the closer one looks.
 * @param {number} nExamples
 * @param {number} magnification
 */
export function markerOpacity(nExamples, magnification) {
  const base = Math.min(Math.max(1.58 - 0.2 * Math.log10(Math.max(nExamples, 1)), 0.25), 0.85);
  return Math.min(base * Math.max(magnification, 1) ** 0.25, 0.9);
}
