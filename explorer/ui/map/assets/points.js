/**
 * The examples of one map as the browser holds them: coordinates, ids, labels and the column that colours them.
 * @import {Column, Place, Props} from "./types"
 */

import { pointColours } from "./colours.js";
import { Grid } from "./grid.js";
import { formatNumber } from "./numbers.js";

const REACH = 8;
const TOUCH_REACH = 16;

export class Points {
  /**
   * @param {Record<string, Column>} columns
   * @param {Props} props
   */
  constructor(columns, props) {
    this.x = columns[props.map.x];
    this.y = columns[props.map.y];
    this.ids = Int32Array.from(columns.example_id);
    this.labels = Int32Array.from(columns.label);
    this.grid = new Grid(this.x, this.y);
    /** @type {Map<number, number>} */
    this.rows = new Map();
    this.ids.forEach((id, row) => this.rows.set(id, row));
    this.values = columns[props.colour.column];
    this.visible = visibleSet(props);
    this.nVisible = this.#countVisible();
  }

  #countVisible() {
    return this.labels.reduce((count, _, row) => count + (this.isVisible(row) ? 1 : 0), 0);
  }

  /**
   * The point under a pixel, or -1. Faded points are not picked.
   * @param {import("./camera.js").Camera} camera
   * @param {Place} at pixel
   * @param {string} pointerType
   */
  pick(camera, at, pointerType) {
    const reach = pointerType === "touch" ? TOUCH_REACH : REACH;
    return this.grid.nearest(camera.toData(at), reach * camera.view.scale, (row) => this.isVisible(row));
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

  /** @param {number} row */
  isVisible(row) {
    return this.visible === null || this.visible.has(this.labels[row]);
  }

  /** The rows in full colour; null for all of them. */
  visibleRows() {
    if (this.visible === null) return null;
    return Int32Array.from(this.labels.keys()).filter((row) => this.isVisible(row));
  }

  /** @param {Props["colour"]} colour */
  colours(colour) {
    return pointColours(colour, this.values);
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
    const row = exampleId === null ? undefined : this.rows.get(exampleId);
    return row === undefined ? null : this.at(row);
  }

  /**
   * @param {number} row
   * @param {Props} props
   */
  describe(row, props) {
    return {
      row,
      label: labelName(this.labels[row], props.label_names),
      exampleId: `example ${this.ids[row]}`,
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
  return names[code] ?? (code < 0 ? "no label" : `label ${code}`);
}

/**
 * @param {number} value
 * @param {Props["colour"]} colour
 */
export function describeValue(value, colour) {
  if (colour.kind === "continuous") return `${colour.label} ${formatNumber(value, colour.digits)}`;
  return colour.column === "label" ? "" : `${colour.label} ${labelName(value, colour.names)}`;
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
