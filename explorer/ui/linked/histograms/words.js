/**
 * What the histograms say of ranges and of values.
 * @import {Brush, HistogramsProps, Panel} from "./types"
 */

import { formatCount, formatNumber } from "../../browser/numbers.js";

export const NOTE = "The bars at both ends collect what lies beyond the 2% and 98% quantiles.";
export const HELP =
  "Drag over bars to select; with Shift to add, with Alt to remove; a click clears. Keys: arrows move a range, Shift + arrows widen it, Enter selects it.";

/** @type {Record<Brush["how"], string>} */
const DONE = { replace: "", add: "added: ", remove: "removed: " };

/** @param {Panel} panel */
export function title({ name, unit }) {
  return unit ? `${name}, ${unit}` : name;
}

/**
 * @param {{low: number, high: number}} limits stored values
 * @param {Panel} panel
 */
export function range({ low, high }, { scale, digits, unit, lowest, highest }) {
  const [from, to] = [low, high].map((value) => formatNumber(value * scale, digits));
  const units = unit ? ` ${unit}` : "";
  if (low <= lowest && high >= highest) return "all values";
  if (low <= lowest) return `up to ${to}${units}`;
  return high >= highest ? `from ${from}${units}` : `${from} to ${to}${units}`;
}

/**
 * @param {Brush} brush
 * @param {Panel} panel
 * @param {string} [name] the column's, before the range
 */
export function inForce(brush, panel, name = "") {
  return `${DONE[brush.how]}${name}${range(brush, panel)}`;
}

/** @param {number} count */
export function examples(count) {
  return count === 1 ? "1 example" : `${formatCount(count)} examples`;
}

/** @param {Panel} panel */
export function missing({ n_missing: nMissing, n_to_come: nToCome }) {
  const parts = [nToCome ? `${examples(nToCome)} still to come` : "", nMissing ? `${examples(nMissing)} without a finite value` : ""];
  return parts.filter(Boolean).join(" · ");
}

/** @param {HistogramsProps} props */
export function headline({ n_selected: nSelected, n_examples: nExamples, brush, panels, note }) {
  const panel = panels.find(({ column }) => column === brush?.column);
  const selected = nSelected ? `${formatCount(nSelected)} of ${examples(nExamples)} selected` : `Nothing of ${examples(nExamples)} is selected`;
  const range = brush && panel ? inForce(brush, panel, `${panel.name} `) : "";
  return [selected, range, note].filter(Boolean).join(" · ");
}
