/** The map's tools: buttons with icons, names and keys. Those of the first group stay pressed, one at a time. */

import { element, svg } from "../../browser/element.js";
import { ICONS } from "../words/icons.js";

/** @typedef {"pan" | "lasso" | "box" | "zoom"} Tool */
/** @typedef {"undo" | "redo" | "invert" | "clear" | "reset" | "preview" | "png" | "svg" | "keys"} Action */

/** @type {Record<Tool, string>} */
const TOOLS = {
  pan: "Pan (P)",
  lasso: "Lasso: select by drawing round points; Shift adds, Alt takes away (L)",
  box: "Box: select by a rectangle; Shift adds, Alt takes away (B)",
  zoom: "Zoom into a rectangle (Z)",
};
/** @type {Record<Action, string>[]} */
const ACTIONS = /** @type {any} */ ([
  { undo: "Undo (Ctrl+Z)", redo: "Redo (Ctrl+Shift+Z)" },
  { invert: "Invert the selection (I)", clear: "Clear the selection (Esc)" },
  { preview: "Preview: decode what is under the pointer (V)", reset: "Show all (0)" },
  { png: "Save the map as PNG", svg: "Save the map as SVG", keys: "All keys (?)" },
]);

export class Toolbar {
  /**
   * @param {HTMLElement} stage
   * @param {{choose: (tool: Tool) => void, act: (action: Action) => void}} events
   */
  constructor(stage, events) {
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    const tools = this.#group(TOOLS, (name) => events.choose(/** @type {Tool} */ (name)));
    const actions = ACTIONS.map((group) => this.#group(group, (name) => events.act(/** @type {Action} */ (name))));
    this.node = element("div", "lm-toolbar", {
      attributes: { role: "toolbar", "aria-label": "Map tools" },
      children: [tools, ...actions],
    });
    stage.append(this.node);
  }

  /**
   * @param {Record<string, string>} titles
   * @param {(name: string) => void} press
   */
  #group(titles, press) {
    const children = Object.entries(titles).map(([name, title]) => {
      const button = toolButton(name, title, () => press(name));
      this.buttons.set(name, button);
      return button;
    });
    return element("div", "lm-tools", { attributes: { role: "group" }, children });
  }

  /** @param {Tool} tool */
  show(tool) {
    for (const name of Object.keys(TOOLS)) this.buttons.get(name)?.setAttribute("aria-pressed", String(name === tool));
  }

  /**
   * @param {Action} action
   * @param {{enabled?: boolean, pressed?: boolean, hidden?: boolean}} state
   */
  set(action, { enabled = true, pressed, hidden = false }) {
    const button = this.buttons.get(action);
    if (!button) return;
    button.disabled = !enabled;
    button.hidden = hidden;
    if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
  }
}

/**
 * @param {string} name
 * @param {string} title
 * @param {() => void} press
 */
function toolButton(name, title, press) {
  const icon = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, ICONS[name].map((d) => svg("path", { d })));
  const button = element("button", "lm-tool", {
    testid: `map-${name}`,
    attributes: { type: "button", title, "aria-label": title },
    children: [icon],
  });
  button.addEventListener("click", press);
  return button;
}
