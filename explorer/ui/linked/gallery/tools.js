/**
 * The line above the gallery: what is shown, in which order, and what a click does.
 * @import {GalleryProps, Tools} from "./types"
 */

import { Choice } from "../../browser/choice.js";
import { element } from "../../browser/element.js";

/** @typedef {(change: Partial<Tools>) => void} Change */

export class Toolbar {
  /** @param {Change} change */
  constructor(change) {
    this.change = change;
    this.headline = element("p", "panel-headline", { testid: "gallery-headline", attributes: { role: "status" } });
    this.order = element("select", "lg-select", { testid: "gallery-order", attributes: { "aria-label": "Order by" } });
    this.order.addEventListener("change", () => change({ order: this.order.value }));
    this.direction = button("lg-direction", "gallery-direction", () => change({ isDescending: !this.isDescending }));
    this.isDescending = false;
    this.scope = new Choice("Show", { selected: "Selected", all: "All" }, (scope) => change({ scope }), "gallery");
    this.mode = new Choice("A click", { inspect: "Inspects", pick: "Picks" }, (mode) => change({ mode }), "gallery");
    const order = element("label", "lg-field", { children: [words("Order"), this.order] });
    const ordering = element("div", "lg-order", { children: [order, this.direction] });
    const tools = element("div", "panel-tools", { children: [this.scope.node, ordering, this.mode.node] });
    this.node = element("div", "panel-head", { children: [this.headline, tools] });
    this.offered = "";
  }

  /**
   * @param {Tools} tools
   * @param {string} headline
   * @param {GalleryProps} props
   */
  show(tools, headline, { orders }) {
    if (this.headline.textContent !== headline) this.headline.textContent = headline;
    this.#offer(orders);
    this.order.value = tools.order;
    this.isDescending = tools.isDescending;
    this.direction.textContent = tools.isDescending ? "↓" : "↑";
    const word = tools.isDescending ? "Largest first" : "Smallest first";
    this.direction.title = word;
    this.direction.setAttribute("aria-label", `${word}; press for the other way round`);
    this.scope.show(tools.scope);
    this.mode.show(tools.mode);
  }

  /** @param {GalleryProps["orders"]} orders */
  #offer(orders) {
    const offered = JSON.stringify(orders.map(({ column, name }) => [column, name]));
    if (offered === this.offered) return;
    this.offered = offered;
    this.order.replaceChildren(
      ...orders.map(({ column, name }) => element("option", "", { text: name, attributes: { value: column } })),
    );
  }
}

/** @param {string} text */
function words(text) {
  return element("span", "choice-name", { text });
}

/**
 * @param {string} className
 * @param {string} testid
 * @param {() => void} act
 */
function button(className, testid, act) {
  const node = element("button", className, { testid, attributes: { type: "button" } });
  node.addEventListener("click", act);
  return node;
}
