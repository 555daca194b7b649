/**
 * One histogram of the page: its heading, its drawing, and the hand that brushes a range on it.
 * @import {How} from "../../browser/types"
 * @import {Bars, Brush, Panel as PanelProps, Span} from "./types"
 */

import { element, svg } from "../../browser/element.js";
import { Press } from "../../browser/press.js";
import { howOf } from "../../browser/selection.js";
import { binAt, countIn, keyed, limitsOf, spanOf } from "./brush.js";
import { drawBand, drawBars, HEIGHT, MARGIN, plotSize } from "./plot.js";
import { examples, inForce, missing, range, title } from "./words.js";

/**
 * @typedef {object} Events
 * @property {(brush: Omit<Brush, "how">, how: How) => void} brush `how` as the keys held say
 * @property {() => void} click a press without a drag and without a key
 * @property {() => void} clear
 */

export class HistogramPanel {
  /** @param {Events} events */
  constructor(events) {
    this.events = events;
    this.title = element("h3", "lh-title");
    this.readout = element("p", "lh-readout", { testid: "histogram-readout" });
    this.plot = svg("svg", { class: "lh-plot", height: HEIGHT, role: "slider", tabindex: 0, "aria-orientation": "horizontal" });
    this.plot.dataset.testid = "histogram-plot";
    this.missing = element("p", "lh-missing", { testid: "histogram-missing" });
    const head = element("div", "lh-panel-head", { children: [this.title, this.readout] });
    this.node = element("div", "lh-panel", { testid: "histogram", children: [head, this.plot, this.missing] });
    /** @type {PanelProps | null} */
    this.panel = null;
    /** @type {Brush | null} */
    this.brush = null;
    /** @type {Bars} */
    this.kind = "counts";
    /** The range that is being made. @type {Span | null} */
    this.draft = null;
    /** Whether the draft was sent, and only waits for the page's word. */
    this.isSent = false;
    /** @type {{press: Press, id: number, how: How} | null} */
    this.held = null;
    this.#listen();
  }

  /**
   * @param {PanelProps} panel
   * @param {Brush | null} brush the range in force, if it is of this column
   * @param {Bars} kind
   * @param {boolean} isHeard whether the page has heard of all that was sent
   */
  show(panel, brush, kind, isHeard) {
    Object.assign(this, { panel, brush, kind });
    if (this.isSent && isHeard) this.#setDraft(null);
    this.node.dataset.column = panel.column;
    this.title.textContent = title(panel);
    this.missing.textContent = missing(panel);
    this.plot.setAttribute("aria-label", `${title(panel)}: range to select`);
    this.draw();
  }

  /** Draws it at the width that it has now. */
  draw() {
    const { panel } = this;
    const width = this.width;
    if (!panel || width === 0) return;
    drawBars(this.plot, panel, this.kind, width);
    this.#drawBand();
  }

  get width() {
    return this.node.clientWidth;
  }

  get nBins() {
    return this.panel ? this.panel.counts.length : 0;
  }

  #drawBand() {
    const { panel, brush, draft } = this;
    if (!panel) return;
    const span = draft ?? (brush && spanOf(brush, panel));
    drawBand(this.plot, span && { span, isDraft: draft !== null }, this.nBins, this.width);
    const count = span ? examples(countIn(panel.counts, span)) : "";
    const words = draft ? `${range(limitsOf(draft, panel), panel)} · ${count}` : brush ? inForce(brush, panel) : "";
    this.readout.textContent = words;
    this.readout.title = words;
    const attributes = { min: 0, max: this.nBins - 1, now: span?.head ?? 0, text: words || "no range" };
    for (const [name, value] of Object.entries(attributes)) this.plot.setAttribute(`aria-value${name}`, String(value));
  }

  /** @param {Span | null} span */
  #setDraft(span) {
    this.draft = span;
    this.isSent = false;
    this.#drawBand();
  }

  /** @param {How} how */
  #apply(how) {
    const { draft, panel } = this;
    if (!draft || !panel) return;
    this.isSent = true;
    this.events.brush({ column: panel.column, ...limitsOf(draft, panel) }, how);
  }

  #listen() {
    const { plot } = this;
    plot.addEventListener("pointerdown", (event) => this.#press(event));
    plot.addEventListener("pointermove", (event) => this.#move(event));
    plot.addEventListener("pointerup", (event) => this.#release(event));
    plot.addEventListener("pointercancel", () => this.#drop());
    plot.addEventListener("keydown", (event) => this.#key(event));
    plot.addEventListener("blur", () => !this.held && !this.isSent && this.#setDraft(null));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0 || !event.isPrimary || !this.panel) return;
    this.plot.setPointerCapture(event.pointerId);
    const press = new Press({ x: event.offsetX, y: event.offsetY }, event.pointerType);
    this.held = { press, id: event.pointerId, how: howOf(event) };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { held } = this;
    if (held?.id !== event.pointerId) return;
    held.press.move({ x: event.offsetX, y: event.offsetY });
    if (held.press.isDrag) this.#setDraft({ anchor: this.#bin(held.press.start.x), head: this.#bin(event.offsetX) });
  }

  /** @param {PointerEvent} event */
  #release(event) {
    const { held } = this;
    if (held?.id !== event.pointerId) return;
    this.held = null;
    if (held.press.isDrag) this.#apply(held.how);
    else if (held.how === "replace") this.events.click();
  }

  #clear() {
    this.#setDraft(null);
    this.events.clear();
  }

  #drop() {
    this.held = null;
    this.#setDraft(null);
  }

  /** @param {number} x in the drawing */
  #bin(x) {
    return binAt(x - MARGIN.left, plotSize(this.width).width, this.nBins);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.panel || !this.#use(event)) return;
    event.preventDefault();
    // Streamlit and the map have keys of their own.
    event.stopPropagation();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key means something here
   */
  #use(event) {
    const { draft, brush, panel } = this;
    const now = draft ?? (brush && panel && spanOf(brush, panel));
    const next = keyed(now, event.key, event.shiftKey, this.nBins);
    if (next) this.#setDraft(next);
    else if (event.key === "Escape" && (draft || this.held)) this.#drop();
    else if (event.key === "Enter" || event.key === " ") this.#apply("replace");
    else if (event.key === "Delete" || event.key === "Backspace") this.#clear();
    else return false;
    return true;
  }
}
