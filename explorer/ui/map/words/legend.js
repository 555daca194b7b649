/**
 * What the colours mean, and what the map is: a strip and a line below the plot.
 * @import {SupportLevel} from "../../browser/live/types"
 * @import {Colour, Props} from "../types"
 */

import { element } from "../../browser/element.js";
import { formatCount, formatNumber } from "../../browser/numbers.js";
import { cssGradient } from "../points/colours.js";

// More would be no legend any more.
const MOST_SWATCHES = 60;

/**
 * @param {HTMLElement} node
 * @param {Colour} colour
 * @param {Set<number> | null} visible label codes in full colour; null for all
 * @param {(labels: number[]) => void} toggle tells which are to be in full colour; none for all
 */
export function renderLegend(node, colour, visible, toggle) {
  if (colour.kind === "continuous") {
    const [low, high] = colour.limits.map((limit) => formatNumber(limit, colour.digits));
    const bar = element("span", "lm-bar");
    bar.style.background = cssGradient(colour.stops);
    node.replaceChildren(
      element("span", "lm-legend-title", { text: colour.label }),
      element("span", "lm-limit", { text: low }),
      bar,
      element("span", "lm-limit", { text: high }),
      element("span", "lm-note", { text: colour.note }),
    );
    return;
  }
  if (colour.column !== "label") {
    node.replaceChildren(...values(colour));
    return;
  }
  const codes = colour.names.map((_, code) => code);
  const shown = codes.slice(0, MOST_SWATCHES).map((code) => {
    const isOn = visible === null || visible.has(code);
    const button = swatch(colour.names[code], colour.colours[code], isOn);
    button.addEventListener("click", (event) => toggle(toggled(codes, visible, code, event.altKey)));
    button.addEventListener("dblclick", () => toggle(toggled(codes, null, code, true)));
    return button;
  });
  const rest = codes.length - shown.length;
  const more = rest > 0 ? [element("span", "lm-note", { text: `and ${formatCount(rest)} labels more` })] : [];
  node.replaceChildren(...shown, ...more);
}

/**
 * The values of a column that came along with the data: only labels are turned on and off.
 * @param {import("../types").Categorical} colour
 */
function values({ label, names, colours }) {
  const shown = names.map((name, code) => element("span", "lm-value", { attributes: { title: `${name}: to be found under “Select by”` }, children: mark(name, colours[code]) }));
  return [element("span", "lm-legend-title", { text: label }), ...shown];
}

/**
 * @param {string} name
 * @param {string} colour
 */
function mark(name, colour) {
  const dot = element("span", "lm-swatch-mark");
  dot.style.background = colour;
  return [dot, element("span", "lm-swatch-name", { text: name })];
}

/**
 * The labels in full colour after a press: one turned on or off, or it alone; none stands for all.
 * @param {number[]} codes all of them
 * @param {Set<number> | null} visible
 * @param {number} code
 * @param {boolean} alone
 * @returns {number[]}
 */
export function toggled(codes, visible, code, alone) {
  if (alone) return [code];
  const on = new Set(visible ?? codes);
  if (!on.delete(code)) on.add(code);
  return on.size === 0 || on.size === codes.length ? [] : codes.filter((each) => on.has(each));
}

/**
 * @param {string} name
 * @param {string} colour
 * @param {boolean} isOn
 */
function swatch(name, colour, isOn) {
  return element("button", "lm-swatch", {
    attributes: {
      type: "button",
      "aria-pressed": String(isOn),
      title: `${name}: a click turns it on or off, a double-click shows it alone`,
    },
    children: mark(name, colour),
  });
}

/**
 * @param {HTMLElement} node
 * @param {Props} props
 * @param {import("../points/points.js").Points} points
 * @param {SupportLevel | null} support
 */
export function renderFooter(node, props, { nVisible, nSelected }, support) {
  const total = formatCount(props.n_examples);
  const shown = nVisible < props.n_examples ? `${formatCount(nVisible)} of ${total} examples` : `${total} examples`;
  const selected = nSelected > 0 ? ` \u00b7 ${formatCount(nSelected)} selected` : "";
  const nature = props.has_handles ? ` \u00b7 ${props.map.label} is ${props.map.exact ? "an exact plane" : "approximate"}` : "";
  const sentence = `${shown}${selected}${nature}`;
  if (!support) {
    node.replaceChildren(sentence);
    return;
  }
  const dot = element("span", "lm-dot", { attributes: { "aria-hidden": "true", "data-level": support } });
  node.replaceChildren(`${sentence}: support `, element("span", "", { testid: "map-support", text: support }), dot);
}
