/**
 * Which example a row is of, and which row an example has. Ids that rise, as those of the rows themselves do, are
 * found by halving and need no table of their own.
 * @import {Column} from "../../browser/live/types"
 */

export class Ids {
  /** @param {Column} ids of the rows, in their order */
  constructor(ids) {
    this.ids = ids;
    /** @type {Map<number, number> | null} */
    this.table = rises(ids) ? null : new Map(Array.from(ids, (id, row) => [id, row]));
  }

  /** @param {number} row */
  at(row) {
    return this.ids[row];
  }

  /**
   * @param {number} id
   * @returns {number} -1 where there is no such example
   */
  rowOf(id) {
    if (this.table) return this.table.get(id) ?? -1;
    let [low, high] = [0, this.ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ids[middle] < id) low = middle + 1;
      else high = middle;
    }
    return this.ids[low] === id ? low : -1;
  }
}

/** @param {Column} ids */
function rises(ids) {
  for (let row = 1; row < ids.length; row++) if (ids[row] <= ids[row - 1]) return false;
  return true;
}
