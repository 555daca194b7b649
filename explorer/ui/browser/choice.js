/** A few words in a row of which one holds. */

import { element } from "./element.js";

/** @template {string} K */
export class Choice {
  /**
   * @param {string} name what is chosen, for a person
   * @param {Record<K, string>} options
   * @param {(picked: K) => void} choose
   * @param {string} testid what test ids begin with
   */
  constructor(name, options, choose, testid) {
    const keys = /** @type {K[]} */ (Object.keys(options));
    this.buttons = keys.map((key) => {
      const attributes = { type: "button", "aria-pressed": "false" };
      const node = element("button", "choice-option", { testid: `${testid}-${key}`, text: options[key], attributes });
      node.addEventListener("click", () => choose(key));
      return { key, node };
    });
    const row = element("div", "choice-options", { children: this.buttons.map(({ node }) => node) });
    this.node = element("div", "choice", {
      attributes: { role: "group", "aria-label": name },
      children: [element("span", "choice-name", { text: name }), row],
    });
  }

  /** @param {K} picked */
  show(picked) {
    for (const { key, node } of this.buttons) node.setAttribute("aria-pressed", String(key === picked));
  }
}
