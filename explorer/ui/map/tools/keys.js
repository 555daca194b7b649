/**
 * The keys that work wherever the focus is, unless somebody is writing; and the sheet that lists all keys.
 */

import { element } from "../../browser/element.js";

/** @typedef {import("./toolbar.js").Tool} Tool */
/** @typedef {import("./toolbar.js").Action | "escape"} KeyAction */

/** @type {Record<string, Tool>} */
const TOOL_KEYS = { p: "pan", l: "lasso", b: "box", z: "zoom" };
/** @type {Record<string, KeyAction>} */
const ACTION_KEYS = { i: "invert", v: "preview", 0: "reset", "?": "keys", Escape: "escape" };
const WRITES = [
  "input:not([type=radio], [type=checkbox], [type=range], [type=button])",
  "textarea, select, [contenteditable='true'], [contenteditable=''], [role='textbox'], [role='combobox'], dialog",
].join(", ");

/** @type {[string, string][]} */
const SHEET = [
  ["P, L, B, Z", "Pan, lasso, box, zoom"],
  ["Shift, Alt with lasso or box", "Add to the selection, take away from it"],
  ["I", "Invert the selection"],
  ["Esc", "Drop what is being drawn, else clear the selection"],
  ["Ctrl or Cmd + Z", "Undo; with Shift, redo"],
  ["V", "Preview: decode what is under the pointer"],
  ["0, +, \u2212, arrows", "Show all, zoom, move the map (map focused)"],
  ["Click", "Inspect an example, or put a handle on an empty place"],
  ["Shift + click, or a long press", "One handle more: a path. On a path: a waypoint"],
  ["Arrows on a handle", "Move it; with Shift, faster"],
  ["Esc or double-click on a handle", "Send it home"],
  ["Delete on a handle", "Remove it"],
  ["?", "This list"],
];

/**
 * What a key means, or null where it means nothing here.
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} event
 * @returns {{tool: Tool} | {action: KeyAction} | null}
 */
export function meaning({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey) return null;
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() === "z") return { action: shiftKey ? "redo" : "undo" };
    return key.toLowerCase() === "y" ? { action: "redo" } : null;
  }
  const tool = TOOL_KEYS[key.toLowerCase()];
  if (tool) return { tool };
  const action = ACTION_KEYS[key.length === 1 ? key.toLowerCase() : key];
  return action ? { action } : null;
}

/** Whether a person is writing into what has the focus. @param {Event} event */
export function isWriting(event) {
  const target = event.composedPath()[0];
  return target instanceof Element && target.closest(WRITES) !== null;
}

export class Keys {
  /** @param {{choose: (tool: Tool) => void, act: (action: KeyAction) => void}} events */
  constructor(events) {
    this.events = events;
    this.listen = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.listen);
  }

  destroy() {
    document.removeEventListener("keydown", this.listen);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.defaultPrevented || event.repeat || isWriting(event)) return;
    const found = meaning(event);
    if (!found) return;
    event.preventDefault();
    if ("tool" in found) this.events.choose(found.tool);
    else this.events.act(found.action);
  }
}

export class KeySheet {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    const rows = SHEET.map(([keys, words]) =>
      element("tr", "", { children: [element("th", "", { text: keys, attributes: { scope: "row" } }), element("td", "", { text: words })] }),
    );
    const close = element("button", "lm-retry", { text: "Close", attributes: { type: "button" } });
    close.addEventListener("click", () => this.node.close());
    this.node = element("dialog", "lm-sheet", {
      testid: "map-keys-sheet",
      attributes: { "aria-label": "All keys" },
      children: [element("h2", "", { text: "Keys" }), element("table", "", { children: rows }), close],
    });
    // A click on the ground around the sheet closes it.
    this.node.addEventListener("click", (event) => event.target === this.node && this.node.close());
    stage.append(this.node);
  }

  open() {
    this.node.showModal();
  }
}
