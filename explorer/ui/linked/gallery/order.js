/**
 * In which order examples come, and which of them: rows of the atlas in, rows out.
 * @import {Column} from "../../browser/live/types"
 */

/**
 * All rows in the order of a column; what is not a number comes last either way, ties are in the order of rows.
 * @param {Column} values
 * @param {boolean} isDescending
 * @returns {Int32Array}
 */
export function orderOf(values, isDescending) {
  const sign = isDescending ? -1 : 1;
  const rows = Int32Array.from(values, (_, row) => row);
  return rows.sort((a, b) => sign * (values[a] - values[b]) || lastIfMissing(values[a], values[b]) || a - b);
}

/**
 * @param {number} a
 * @param {number} b
 */
function lastIfMissing(a, b) {
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/**
 * The rows of an order that are shown.
 * @param {Int32Array} order
 * @param {(row: number) => boolean} isShown
 */
export function listed(order, isShown) {
  return order.filter(isShown);
}

/**
 * The rows between two places of a list, both with them, whichever comes first.
 * @param {Int32Array} list
 * @param {number} from
 * @param {number} to
 */
export function between(list, from, to) {
  return list.subarray(Math.min(from, to), Math.max(from, to) + 1);
}

/**
 * @param {Int32Array} rows
 * @param {number} nExamples
 * @returns {Uint8Array} 1 where a row is one of them
 */
export function maskOf(rows, nExamples) {
  const mask = new Uint8Array(nExamples);
  for (const row of rows) mask[row] = 1;
  return mask;
}
