/**
 * What the gallery says of itself and of its examples.
 * @import {GalleryProps, Order, Scope} from "./types"
 */

import { formatCount, formatNumber } from "../../browser/numbers.js";

export const HELP =
  "Click or Enter inspects · Shift selects the range from the last one · Ctrl or ⌘, or Space, takes one in or out · Delete takes it out";

/**
 * @param {GalleryProps} props
 * @param {Scope} scope
 * @param {number} nListed
 * @param {number} nSelected
 * @param {Order | undefined} order that they are in
 */
export function headline(props, scope, nListed, nSelected, order) {
  const note = order?.note ? ` · ${order.note}, those without ${order.name} last` : "";
  return `${shown(props, scope, nListed, nSelected)}${note}`;
}

/**
 * @param {GalleryProps} props
 * @param {Scope} scope
 * @param {number} nListed
 * @param {number} nSelected
 */
function shown(props, scope, nListed, nSelected) {
  const listed = formatCount(nListed);
  if (scope === "selected") return `${examples(nListed)} selected`;
  const whole = props.visible_labels ? `${listed} examples of the labels in colour` : `all ${examples(nListed)}`;
  return nSelected ? `${whole}, ${formatCount(nSelected)} selected` : `Nothing is selected: ${whole}`;
}

/** @param {number} count */
function examples(count) {
  return count === 1 ? "1 example" : `${formatCount(count)} examples`;
}

/**
 * @param {GalleryProps} props
 * @param {number} code
 */
export function labelName({ label_names: names }, code) {
  return code >= 0 && code < names.length ? names[code] : "no label";
}

/**
 * @param {Order} order
 * @param {number} stored
 */
export function valueText({ column, name, unit, scale, digits, note }, stored) {
  // The tile says its id and its label anyway.
  if (column === "example_id" || column === "label") return "";
  if (note && Number.isNaN(stored)) return `${name}: no value so far`;
  const value = formatNumber(stored * scale, digits);
  return Number.isFinite(stored) && unit ? `${name} ${value} ${unit}` : `${name} ${value}`;
}
