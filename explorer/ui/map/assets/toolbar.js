/** Pan, zoom box, reset: three buttons with icons, titles and keys. */

import { element, svg } from "./element.js";

const ICONS = {
  pan: ["M12 3v18M3 12h18", "M9.5 5.5 12 3l2.5 2.5M9.5 18.5 12 21l2.5-2.5M5.5 9.5 3 12l2.5 2.5M18.5 9.5 21 12l-2.5 2.5"],
  box: ["M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8M20 16v2.5a1.5 1.5 0 0 1-1.5 1.5H16M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16", "M12 8.5v7M8.5 12h7"],
  reset: ["M4 10V4h6M20 14v6h-6", "M4.5 4.5 10 10M19.5 19.5 14 14"],
};

/** @typedef {"pan" | "box"} Tool */

export class Toolbar {
  /**
   * @param {HTMLElement} stage
   * @param {{choose: (tool: Tool) => void, reset: () => void}} events
   */
  constructor(stage, events) {
    this.buttons = {
      pan: toolButton("pan", "Pan (P)", () => events.choose("pan")),
      box: toolButton("box", "Zoom box (Z)", () => events.choose("box")),
      reset: toolButton("reset", "Show all (0)", events.reset),
    };
    const children = Object.values(this.buttons);
    stage.append(element("div", "lm-toolbar", { attributes: { role: "toolbar", "aria-label": "Map tools" }, children }));
  }

  /** @param {Tool} tool */
  show(tool) {
    for (const name of /** @type {Tool[]} */ (["pan", "box"])) {
      this.buttons[name].setAttribute("aria-pressed", String(name === tool));
    }
  }
}

/**
 * @param {keyof typeof ICONS} name
 * @param {string} title
 * @param {() => void} act
 */
function toolButton(name, title, act) {
  const icon = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, ICONS[name].map((d) => svg("path", { d })));
  const button = element("button", "lm-tool", {
    testid: `map-${name}`,
    attributes: { type: "button", title, "aria-label": title },
    children: [icon],
  });
  button.addEventListener("click", act);
  return button;
}
