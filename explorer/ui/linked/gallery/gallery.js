/**
 * One gallery on the page: takes the page's props, keeps the tiles in step with them, and says what a person did.
 * @import {How} from "../../browser/types"
 * @import {Act, GalleryProps, Mode, Scope, Tools} from "./types"
 */

import { element } from "../../browser/element.js";
import { COLUMNS } from "../../browser/live/shared.js";
import { pack } from "../../browser/selection.js";
import { Card } from "./card.js";
import { moved } from "./grid.js";
import { List } from "./list.js";
import { cellOf } from "./tile.js";
import { Tiles } from "./tiles.js";
import { Toolbar } from "./tools.js";
import { HELP, headline } from "./words.js";

/** Kept while the page is open: a gallery that was closed and opened again looks as it did. @type {Tools} */
const KEPT = { order: "example_id", isDescending: false, scope: "selected", mode: "inspect" };
/** The selection that was made in a gallery that showed all: its unselected tiles stay. @type {{selection: string | null}} */
const MADE = { selection: null };

export class Gallery {
  /** @param {HTMLElement | ShadowRoot} parent */
  constructor(parent) {
    this.list = new List();
    this.toolbar = new Toolbar((change) => this.#turn(change));
    this.tiles = new Tiles(this.list);
    this.notice = element("p", "lg-notice", { testid: "gallery-notice", attributes: { role: "alert", hidden: "" } });
    this.stage = element("div", "lg-stage", { children: [this.tiles.node, this.notice] });
    this.card = new Card(this.stage);
    const help = element("p", "panel-help", { text: HELP });
    this.root = element("section", "root panel lg-root", {
      testid: "gallery",
      attributes: { "aria-label": "Gallery" },
      children: [this.toolbar.node, this.stage, help],
    });
    parent.append(this.root);
    /** @type {GalleryProps | null} */
    this.props = null;
    /** @type {(act: Act) => void} */
    this.send = () => {};
    this.source = "";
    /** The page's word on the selection. */
    this.selection = "";
    /** Number of the last act, and of the last one that changed the selection. */
    this.n = 0;
    this.nSelecting = 0;
    /** The row that a range begins at. */
    this.anchor = -1;
    this.#listen();
  }

  /**
   * @param {GalleryProps} props
   * @param {(act: Act) => void} send
   */
  update(props, send) {
    this.props = props;
    this.send = send;
    this.n = Math.max(this.n, props.acknowledged);
    this.tiles.node.style.height = `${props.height}px`;
    void this.#show(props).catch((fault) => this.#fail(fault));
  }

  destroy() {
    this.tiles.destroy();
    this.root.remove();
  }

  /** @returns {Scope} */
  get scope() {
    const isMade = this.selection === MADE.selection;
    return KEPT.scope === "all" || isMade || this.list.nSelected === 0 ? "all" : "selected";
  }

  /** @param {GalleryProps} props */
  async #show(props) {
    if (!props.orders.some(({ column }) => column === KEPT.order)) KEPT.order = "example_id";
    const names = ["example_id", "label", KEPT.order];
    const columns = await COLUMNS.get(props.model, props.version, names, props.n_examples);
    // Newer props came in while these waited for their numbers, and they will show themselves.
    if (props !== this.props || !(KEPT.order in columns)) return;
    const source = `${props.model} ${props.examples}`;
    const isNew = source !== this.source;
    this.source = source;
    this.list.take(props, columns);
    this.#adopt(props, isNew);
    this.notice.hidden = true;
    this.#refresh();
    this.root.dataset.ready = "true";
  }

  /**
   * The page's selection, unless the page has not heard of this gallery's own yet.
   * @param {GalleryProps} props
   * @param {boolean} isNew another model
   */
  #adopt(props, isNew) {
    if (!isNew && (props.acknowledged < this.nSelecting || props.selection === this.selection)) return;
    this.selection = props.selection;
    this.list.takeSelection(props.selection);
    this.tiles.toTop();
    if (isNew) this.anchor = -1;
  }

  #refresh() {
    const { list, props } = this;
    if (!props) return;
    const { scope } = this;
    list.arrange(KEPT, scope);
    const order = props.orders.find(({ column }) => column === KEPT.order);
    this.toolbar.show({ ...KEPT, scope }, headline(props, scope, list.rows.length, list.nSelected, order), props);
    this.tiles.arrange(cellOf(props), scope);
    this.card.hide();
    Object.assign(this.root.dataset, { count: String(list.rows.length), scope, order: KEPT.order });
  }

  /** @param {Partial<Tools>} change */
  #turn(change) {
    Object.assign(KEPT, change);
    if ("scope" in change) MADE.selection = null;
    if (!("mode" in change)) this.tiles.toTop();
    if (this.props) void this.#show(this.props).catch((fault) => this.#fail(fault));
  }

  /** @param {Error} fault */
  #fail(fault) {
    this.notice.textContent = `The examples could not be fetched: ${fault.message}`;
    this.notice.hidden = false;
  }

  #listen() {
    const { node } = this.tiles;
    node.addEventListener("click", (event) => this.#click(event));
    node.addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["pointerover", "focusin"]) node.addEventListener(type, (event) => this.#point(event));
    for (const type of ["pointerleave", "focusout"]) node.addEventListener(type, () => this.card.hide());
    // A key that scrolls has the focus on the tile that it leads to.
    node.addEventListener("scroll", () => this.#describe(this.tiles.focused()));
  }

  /** @param {Event} event */
  #point(event) {
    this.#describe(this.tiles.indexOf(event));
  }

  /** @param {number | null} index */
  #describe(index) {
    if (index === null) return this.card.hide();
    const { thumbnails } = /** @type {GalleryProps} */ (this.props);
    // A chip says it all already, unless it sorts by something.
    const shown = this.list.at(index);
    if (thumbnails || shown.value) this.card.show(shown, this.tiles.onScreen(index), this.tiles.size);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const index = this.tiles.indexOf(event);
    if (index === null) return;
    this.tiles.activate(index);
    this.#use(index, event, KEPT.mode);
  }

  /**
   * @param {number} index
   * @param {{shiftKey: boolean, ctrlKey: boolean, metaKey: boolean}} keys
   * @param {Mode} mode
   */
  #use(index, { shiftKey, ctrlKey, metaKey }, mode) {
    const isPick = mode === "pick" || ctrlKey || metaKey;
    if (shiftKey) this.#range(index, isPick);
    else if (isPick) this.#pick(index);
    else this.#inspect(index);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const index = this.tiles.indexOf(event);
    if (index === null || event.altKey || !this.#press(event, index)) return;
    event.preventDefault();
    // Streamlit has keys of its own.
    event.stopPropagation();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} index
   * @returns {boolean} whether the key means something here
   */
  #press(event, index) {
    const { list, tiles } = this;
    const target = moved(event.key, index, tiles.grid, list.rows.length, tiles.height);
    if (target !== null) tiles.focus(target);
    else if (event.key === "Enter") this.#use(index, event, "inspect");
    else if (event.key === " ") this.#pick(index);
    else if (event.key === "Delete" || event.key === "Backspace") this.#remove(index);
    else return false;
    return true;
  }

  /** @param {number} index */
  #inspect(index) {
    const { id, row } = this.list.at(index);
    this.anchor = row;
    this.n += 1;
    this.send({ n: this.n, kind: "inspect", id });
  }

  /** Takes one in or out. @param {number} index */
  #pick(index) {
    const { row, isSelected } = this.list.at(index);
    this.anchor = row;
    this.#choose(index, index, isSelected ? "remove" : "add");
  }

  /** @param {number} index */
  #remove(index) {
    if (this.list.at(index).isSelected) this.#choose(index, index, "remove");
  }

  /**
   * @param {number} index
   * @param {boolean} isPick whether the rest of the selection stays
   */
  #range(index, isPick) {
    const start = this.list.rows.indexOf(this.anchor);
    const inAndOut = this.scope === "selected" ? "remove" : "add";
    this.#choose(start < 0 ? index : start, index, isPick ? inAndOut : "replace");
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {How} how
   */
  #choose(from, to, how) {
    const { list } = this;
    const isAll = this.scope === "all";
    list.choose(list.changed(from, to, how));
    this.selection = pack(list.mask);
    MADE.selection = isAll ? this.selection : null;
    this.n += 1;
    this.nSelecting = this.n;
    this.send({ n: this.n, kind: "choose", selection: this.selection });
    this.#refresh();
  }
}
