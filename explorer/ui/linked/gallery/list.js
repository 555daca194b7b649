/**
 * The examples that the gallery lists, in order, and which of them are selected.
 * @import {Column} from "../../browser/live/types"
 * @import {How} from "../../browser/types"
 * @import {GalleryProps, Scope, Shown, Tools} from "./types"
 */

import { combine, countOf, unpack } from "../../browser/selection.js";
import { between, listed, maskOf, orderOf } from "./order.js";
import { labelName, valueText } from "./words.js";

/** @typedef {Record<string, Column>} Columns */

export class List {
  constructor() {
    /** @type {GalleryProps | null} */
    this.props = null;
    /** @type {Columns} */
    this.columns = {};
    /** @type {Uint8Array} */
    this.mask = new Uint8Array();
    this.nSelected = 0;
    /** @type {Int32Array} */
    this.rows = new Int32Array();
    this.order = "";
    /** @type {Int32Array} */
    this.sorted = new Int32Array();
    this.sortedBy = "";
  }

  /**
   * @param {GalleryProps} props
   * @param {Columns} columns
   */
  take(props, columns) {
    this.props = props;
    this.columns = columns;
  }

  /** @param {string} selection */
  takeSelection(selection) {
    const { n_examples: nExamples } = /** @type {GalleryProps} */ (this.props);
    this.choose(unpack(selection, nExamples));
  }

  /** @param {Uint8Array} mask */
  choose(mask) {
    this.mask = mask;
    this.nSelected = countOf(mask);
  }

  /**
   * @param {Tools} tools
   * @param {Scope} scope
   */
  arrange({ order, isDescending }, scope) {
    const props = /** @type {GalleryProps} */ (this.props);
    const key = JSON.stringify([props.model, props.version, order, isDescending]);
    if (key !== this.sortedBy) this.sorted = orderOf(this.columns[order], isDescending);
    this.sortedBy = key;
    this.order = order;
    const visible = props.visible_labels && new Set(props.visible_labels);
    const { label } = this.columns;
    this.rows = listed(this.sorted, (row) =>
      scope === "selected" ? this.mask[row] === 1 : visible === null || visible.has(label[row]),
    );
  }

  /**
   * The selection with the rows between two places of the list put into its place, added, or taken out.
   * @param {number} from
   * @param {number} to
   * @param {How} how
   */
  changed(from, to, how) {
    return combine(this.mask, maskOf(between(this.rows, from, to), this.mask.length), how);
  }

  /**
   * @param {number} index
   * @returns {Shown}
   */
  at(index) {
    const props = /** @type {GalleryProps} */ (this.props);
    const row = this.rows[index];
    const id = this.columns.example_id[row];
    const order = props.orders.find(({ column }) => column === this.order);
    return {
      row,
      id,
      label: labelName(props, this.columns.label[row]),
      value: order ? valueText(order, this.columns[this.order][row]) : "",
      isSelected: this.mask[row] === 1,
      isInspected: id === props.selected,
    };
  }
}
