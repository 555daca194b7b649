/**
 * All histograms of the page: takes the page's props, draws a panel a column, and says which range was brushed.
 * @import {How} from "../../browser/types"
 * @import {Act, Bars, Brush, HistogramsProps} from "./types"
 */

import { Choice } from "../../browser/choice.js";
import { element } from "../../browser/element.js";
import { HistogramPanel } from "./panel.js";
import { HELP, headline, NOTE } from "./words.js";

/** Kept while the page is open: histograms that were closed and opened again look as they did. @type {{how: How, bars: Bars}} */
const KEPT = { how: "replace", bars: "counts" };

export class Histograms {
  /** @param {HTMLElement | ShadowRoot} parent */
  constructor(parent) {
    this.headline = element("p", "panel-headline", { testid: "histograms-headline", attributes: { role: "status" } });
    const ways = { replace: "Replaces", add: "Adds", remove: "Removes" };
    this.how = new Choice("A range", ways, (how) => this.#turn({ how }), "histograms");
    this.bars = new Choice("Height", { counts: "Counts", shares: "Shapes" }, (bars) => this.#turn({ bars }), "histograms");
    const tools = element("div", "panel-tools", { children: [this.how.node, this.bars.node] });
    this.grid = element("div", "lh-grid-of-panels");
    this.root = element("section", "root panel lh-root", {
      testid: "histograms",
      attributes: { "aria-label": "Histograms" },
      children: [
        element("div", "panel-head", { children: [this.headline, tools] }),
        this.grid,
        element("p", "panel-help", { children: [legend(), element("span", "", { text: ` ${NOTE} ${HELP}` })] }),
      ],
    });
    parent.append(this.root);
    /** @type {HistogramsProps | null} */
    this.props = null;
    /** @type {(act: Act) => void} */
    this.send = () => {};
    this.n = 0;
    /** @type {HistogramPanel[]} */
    this.panels = [];
    this.resizes = new ResizeObserver(() => this.panels.forEach((panel) => panel.draw()));
    this.resizes.observe(this.root);
    // The Alt key that took part in a gesture does not open the browser's menu as well.
    this.withAlt = false;
    this.root.addEventListener("pointerdown", (event) => (this.withAlt ||= event.altKey));
    this.root.addEventListener("keyup", (event) => this.#keyUp(event));
  }

  /**
   * @param {HistogramsProps} props
   * @param {(act: Act) => void} send
   */
  update(props, send) {
    this.props = props;
    this.send = send;
    const isHeard = props.acknowledged >= this.n;
    this.n = Math.max(this.n, props.acknowledged);
    this.#show(isHeard);
    this.root.dataset.ready = "true";
  }

  destroy() {
    this.resizes.disconnect();
    this.root.remove();
  }

  /** @param {boolean} isHeard whether the page has heard of all that was sent */
  #show(isHeard) {
    const { props } = this;
    if (!props) return;
    this.#makePanels(props.panels.length);
    props.panels.forEach((panel, i) => {
      const brush = props.brush?.column === panel.column ? props.brush : null;
      this.panels[i].show(panel, brush, KEPT.bars, isHeard);
    });
    const words = headline(props);
    if (this.headline.textContent !== words) this.headline.textContent = words;
    this.how.show(KEPT.how);
    this.bars.show(KEPT.bars);
  }

  /** @param {number} count */
  #makePanels(count) {
    const events = {
      brush: (/** @type {Omit<Brush, "how">} */ brush, /** @type {How} */ how) => this.#brush(brush, how),
      // Where ranges are added or taken out one by one, a press that slips does not lose them all.
      click: () => KEPT.how === "replace" && this.#clear(),
      clear: () => this.#clear(),
    };
    while (this.panels.length < count) {
      const panel = new HistogramPanel(events);
      this.panels.push(panel);
      this.grid.append(panel.node);
    }
    for (const panel of this.panels.splice(count)) panel.node.remove();
  }

  /** @param {Partial<typeof KEPT>} change */
  #turn(change) {
    Object.assign(KEPT, change);
    this.#show(false);
  }

  /**
   * @param {Omit<Brush, "how">} brush
   * @param {How} held what the keys say; the buttons hold where they say nothing
   */
  #brush(brush, held) {
    this.n += 1;
    this.send({ n: this.n, kind: "brush", ...brush, how: held === "replace" ? KEPT.how : held });
  }

  #clear() {
    if (!this.props?.n_selected && !this.props?.brush) return;
    this.n += 1;
    this.send({ n: this.n, kind: "clear" });
  }

  /** @param {KeyboardEvent} event */
  #keyUp(event) {
    if (event.key !== "Alt" || !this.withAlt) return;
    this.withAlt = false;
    event.preventDefault();
  }
}

function legend() {
  const all = element("i", "lh-key lh-key-all");
  const selected = element("i", "lh-key lh-key-selected");
  const words = (/** @type {string} */ text) => document.createTextNode(text);
  return element("span", "", { children: [all, words(" all examples "), selected, words(" the selection.")] });
}
