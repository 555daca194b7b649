/**
 * Where tiles lie, which of them are in sight, and where a key leads: arithmetic without a page.
 * @import {Grid} from "./types"
 * @import {Place, Size} from "../../browser/types"
 */

/**
 * As many columns as fit, one at the least; what is left over widens the gaps.
 * @param {number} count
 * @param {number} width of the open part, pixels
 * @param {Size} smallest a tile with the least gap to the next
 * @returns {Grid}
 */
export function gridOf(count, width, smallest) {
  const columns = Math.max(1, Math.floor(width / smallest.width));
  const rows = Math.ceil(count / columns);
  const cell = { width: Math.max(smallest.width, Math.floor(width / columns)), height: smallest.height };
  return { columns, rows, cell, height: rows * cell.height };
}

/**
 * The tiles in sight and a few rows around them, from `first` up to but without `end`.
 * @param {Grid} grid
 * @param {number} count
 * @param {number} scrollTop
 * @param {number} height of the open part
 * @param {number} around rows kept ready above and below
 */
export function inSight(grid, count, scrollTop, height, around = 2) {
  const firstRow = Math.max(0, Math.floor(scrollTop / grid.cell.height) - around);
  const endRow = Math.ceil((scrollTop + height) / grid.cell.height) + around;
  const end = Math.max(0, Math.min(count, endRow * grid.columns));
  return { first: Math.min(firstRow * grid.columns, end), end };
}

/**
 * @param {Grid} grid
 * @param {number} index
 * @returns {Place} the tile's corner within the whole gallery
 */
export function placeOf(grid, index) {
  const row = Math.floor(index / grid.columns);
  return { x: (index % grid.columns) * grid.cell.width, y: row * grid.cell.height };
}

/**
 * Where a key leads from a tile; null for a key that leads nowhere.
 * @param {string} key
 * @param {number} index
 * @param {Grid} grid
 * @param {number} count
 * @param {number} height of the open part
 * @returns {number | null}
 */
export function moved(key, index, grid, count, height) {
  const pageRows = Math.max(1, Math.floor(height / grid.cell.height));
  /** @type {Record<string, number>} */
  const steps = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -grid.columns,
    ArrowDown: grid.columns,
    PageUp: -pageRows * grid.columns,
    PageDown: pageRows * grid.columns,
    Home: -count,
    End: count,
  };
  if (!Object.hasOwn(steps, key) || count === 0) return null;
  const target = index + steps[key];
  const isWithin = target >= 0 && target < count;
  // Up from the first row or down from the last stays; Page, Home and End go as far as there is.
  if (!isWithin && (key === "ArrowUp" || key === "ArrowDown")) return key === "ArrowDown" ? downTo(index, grid, count) : index;
  return Math.max(0, Math.min(count - 1, target));
}

/**
 * From the last row but one, down may lead to a place without a tile: then to the last tile.
 * @param {number} index
 * @param {Grid} grid
 * @param {number} count
 */
function downTo(index, grid, count) {
  const isLastRow = Math.floor(index / grid.columns) === grid.rows - 1;
  return isLastRow ? index : count - 1;
}

/**
 * Where to scroll so that a tile is wholly in sight; as little as possible.
 * @param {Grid} grid
 * @param {number} index
 * @param {number} scrollTop
 * @param {number} height
 */
export function revealed(grid, index, scrollTop, height) {
  const { y } = placeOf(grid, index);
  if (y < scrollTop) return y;
  return Math.max(scrollTop, y + grid.cell.height - height);
}
