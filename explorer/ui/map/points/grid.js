/**
 * Nearest point under the pointer: a uniform grid of cells over the map, each listing its rows.
 * @import {Column} from "../../browser/live/types"
 * @import {Place} from "../../browser/types"
 * @import {Bounds} from "../types"
 */

const POINTS_PER_CELL = 4;

/**
 * @param {Column} x
 * @param {Column} y
 * @returns {Bounds} of the points with finite coordinates; the unit square when there are none
 */
export function bounds(x, y) {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (let row = 0; row < x.length; row++) {
    if (!Number.isFinite(x[row]) || !Number.isFinite(y[row])) continue;
    if (x[row] < box.x0) box.x0 = x[row];
    if (x[row] > box.x1) box.x1 = x[row];
    if (y[row] < box.y0) box.y0 = y[row];
    if (y[row] > box.y1) box.y1 = y[row];
  }
  return box.x0 <= box.x1 ? box : { x0: 0, x1: 1, y0: 0, y1: 1 };
}

export class Grid {
  /**
   * @param {Column} x
   * @param {Column} y
   * @param {Bounds} [box] of the points, where it is known
   */
  constructor(x, y, box = bounds(x, y)) {
    this.x = x;
    this.y = y;
    this.box = box;
    const side = Math.max(1, Math.ceil(Math.sqrt(x.length / POINTS_PER_CELL)));
    this.side = side;
    this.cellWidth = (this.box.x1 - this.box.x0) / side || 1;
    this.cellHeight = (this.box.y1 - this.box.y0) / side || 1;
    this.starts = new Int32Array(side * side + 1);
    this.rows = new Int32Array(x.length);
    this.#sortRows();
  }

  #sortRows() {
    const cellOf = new Int32Array(this.x.length);
    for (let row = 0; row < this.x.length; row++) {
      const isPlaced = Number.isFinite(this.x[row]) && Number.isFinite(this.y[row]);
      cellOf[row] = isPlaced ? this.#line(this.y[row]) * this.side + this.#column(this.x[row]) : -1;
      if (isPlaced) this.starts[cellOf[row] + 1]++;
    }
    for (let cell = 0; cell < this.side * this.side; cell++) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice();
    for (let row = 0; row < cellOf.length; row++) {
      if (cellOf[row] >= 0) this.rows[next[cellOf[row]]++] = row;
    }
  }

  /** @param {number} x */
  #column(x) {
    return clampIndex(Math.floor((x - this.box.x0) / this.cellWidth), this.side);
  }

  /** @param {number} y */
  #line(y) {
    return clampIndex(Math.floor((y - this.box.y0) / this.cellHeight), this.side);
  }

  /**
   * The row nearest to `place`, or -1 where none that `accepts` lies within `radius` (map units).
   * @param {Place} place
   * @param {number} radius
   * @param {(row: number) => boolean} [accepts]
   */
  nearest(place, radius, accepts = () => true) {
    let best = -1;
    let bestSquare = radius * radius;
    for (let line = this.#line(place.y - radius); line <= this.#line(place.y + radius); line++) {
      const first = this.starts[line * this.side + this.#column(place.x - radius)];
      const last = this.starts[line * this.side + this.#column(place.x + radius) + 1];
      for (let i = first; i < last; i++) {
        const row = this.rows[i];
        const square = (this.x[row] - place.x) ** 2 + (this.y[row] - place.y) ** 2;
        if (square <= bestSquare && accepts(row)) {
          best = row;
          bestSquare = square;
        }
      }
    }
    return best;
  }
}

/**
 * @param {number} index
 * @param {number} count
 */
function clampIndex(index, count) {
  return Math.min(Math.max(index, 0), count - 1);
}
