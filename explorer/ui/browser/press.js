/**
 * A click or a drag? A press is a click while its pointer has stayed within a few pixels all along.
 * @import {Place} from "./types"
 */

const SLOP = { mouse: 4, pen: 6, touch: 10 };

export class Press {
  /**
   * @param {Place} start
   * @param {string} pointerType
   */
  constructor(start, pointerType = "mouse") {
    this.start = start;
    this.last = start;
    this.slop = SLOP[/** @type {keyof typeof SLOP} */ (pointerType)] ?? SLOP.mouse;
    this.isDrag = false;
  }

  /**
   * @param {Place} place
   * @returns {Place | null} the step since the last move, once this is a drag
   */
  move(place) {
    if (!this.isDrag && Math.hypot(place.x - this.start.x, place.y - this.start.y) <= this.slop) return null;
    this.isDrag = true;
    const step = { x: place.x - this.last.x, y: place.y - this.last.y };
    this.last = place;
    return step;
  }

  /** A second finger makes this no click, wherever it ends. */
  spoil() {
    this.isDrag = true;
  }
}
