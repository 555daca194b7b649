/**
 * The tiles in sight, a few rows around them and the one that the Tab key leads to: nothing else is on the page, however
 * many examples there are.
 * @import {Place, Size} from "../../browser/types"
 * @import {List} from "./list.js"
 * @import {Grid, Scope} from "./types"
 */

import { element } from "../../browser/element.js";
import { gridOf, inSight, placeOf, revealed } from "./grid.js";
import { Tile } from "./tile.js";

const GAP = 8;

export class Tiles {
  /** @param {List} list */
  constructor(list) {
    this.list = list;
    this.plane = element("div", "lg-plane", { attributes: { role: "presentation" } });
    this.node = element("div", "lg-list", {
      testid: "gallery-list",
      attributes: { role: "listbox", "aria-label": "Examples", "aria-multiselectable": "true" },
      children: [this.plane],
    });
    /** @type {Map<number, Tile>} */
    this.shown = new Map();
    /** @type {Size} */
    this.cell = { width: 1, height: 1 };
    /** @type {Grid} */
    this.grid = gridOf(0, 0, this.cell);
    this.active = 0;
    this.frame = 0;
    this.node.addEventListener("scroll", () => this.#schedule());
    this.resizes = new ResizeObserver(() => this.#resize());
    this.resizes.observe(this.node);
  }

  destroy() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** A tile without the gap. */
  get size() {
    return { width: this.cell.width - GAP, height: this.cell.height - GAP };
  }

  get height() {
    return this.node.clientHeight;
  }

  /**
   * Shows the list as it is now.
   * @param {Size} cell
   * @param {Scope} scope
   */
  arrange(cell, scope) {
    this.cell = cell;
    this.node.dataset.scope = scope;
    this.node.style.setProperty("--tile-width", `${this.size.width}px`);
    this.node.style.setProperty("--tile-height", `${this.size.height}px`);
    this.active = Math.max(0, Math.min(this.active, this.list.rows.length - 1));
    this.#layOut();
  }

  /** Another list: it is read from its beginning. */
  toTop() {
    this.node.scrollTop = 0;
    this.active = 0;
  }

  /** @param {number} index */
  activate(index) {
    this.active = index;
    this.#draw();
  }

  /** @param {number} index */
  focus(index) {
    this.active = index;
    this.node.scrollTop = revealed(this.grid, index, this.node.scrollTop, this.height);
    this.#draw();
    this.shown.get(index)?.node.focus({ preventScroll: true });
  }

  /**
   * @param {Event} event
   * @returns {number | null} the place in the list of the tile that it happened on
   */
  indexOf(event) {
    const tile = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    return tile && Number(tile.getAttribute("data-index"));
  }

  /** The place in the list of the tile that the keys have led to, if it is one. */
  focused() {
    const tile = this.plane.querySelector(":focus-visible");
    return tile && Number(tile.getAttribute("data-index"));
  }

  /**
   * @param {number} index
   * @returns {Place} its corner in the open part
   */
  onScreen(index) {
    const { x, y } = placeOf(this.grid, index);
    return { x, y: y - this.node.scrollTop };
  }

  #resize() {
    // What was at the top stays there when the number of columns changes.
    const first = Math.floor(this.node.scrollTop / this.cell.height) * this.grid.columns;
    const { columns } = this.grid;
    this.#layOut();
    if (columns !== this.grid.columns) this.node.scrollTop = placeOf(this.grid, first).y;
  }

  #layOut() {
    this.grid = gridOf(this.list.rows.length, this.plane.clientWidth, this.cell);
    this.plane.style.height = `${this.grid.height}px`;
    this.#draw();
  }

  #schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#draw(false);
    });
  }

  /** @param {boolean} [anew] whether tiles that stay are filled anew; a scroll only fills those that come into sight */
  #draw(anew = true) {
    const { list, shown } = this;
    const count = list.rows.length;
    if (!list.props || this.plane.clientWidth === 0) return;
    const { first, end } = inSight(this.grid, count, this.node.scrollTop, this.height);
    const isWanted = (/** @type {number} */ index) => (index >= first && index < end) || (index === this.active && index < count);
    const free = [...shown.keys()].filter((index) => !isWanted(index));
    const needed = count > 0 ? [this.active] : [];
    for (let index = first; index < end; index++) needed.push(index);
    for (const index of needed) if (anew || !shown.has(index)) this.#put(index, free);
    for (const index of free) {
      shown.get(index)?.node.remove();
      shown.delete(index);
    }
  }

  /**
   * @param {number} index
   * @param {number[]} free places of tiles that are out of sight: one is taken for this place
   */
  #put(index, free) {
    const { list, shown } = this;
    if (!list.props) return;
    const tile = shown.get(index) ?? this.#taken(free.pop());
    shown.set(index, tile);
    const position = { index, count: list.rows.length, isActive: index === this.active };
    tile.show(list.at(index), placeOf(this.grid, index), position, list.props);
  }

  /**
   * @param {number | undefined} index
   * @returns {Tile}
   */
  #taken(index) {
    const used = index === undefined ? undefined : this.shown.get(index);
    if (used && index !== undefined) {
      this.shown.delete(index);
      return used;
    }
    const tile = new Tile();
    this.plane.append(tile.node);
    return tile;
  }
}
