/**
 * What the colours mean, and what the map is: a strip and a line below the plot.
 * @import {Colour, Props, SupportLevel} from "./types"
 */

import { cssGradient } from "./colours.js";
import { element } from "./element.js";
import { formatCount, formatNumber } from "./numbers.js";

/**
 * @param {HTMLElement} node
 * @param {Colour} colour
 * @param {Set<number> | null} visible label codes in full colour; null for all
 */
export function renderLegend(node, colour, visible) {
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
  const isFaded = (/** @type {number} */ code) => colour.column === "label" && visible !== null && !visible.has(code);
  node.replaceChildren(...colour.names.map((name, code) => swatch(name, colour.colours[code], isFaded(code))));
}

/**
 * @param {string} name
 * @param {string} colour
 * @param {boolean} isFaded
 */
function swatch(name, colour, isFaded) {
  const mark = element("span", "lm-swatch-mark");
  mark.style.background = colour;
  return element("span", isFaded ? "lm-swatch lm-faded" : "lm-swatch", {
    children: [mark, element("span", "", { text: name })],
  });
}

/**
 * @param {HTMLElement} node
 * @param {Props} props
 * @param {number} nVisible
 * @param {SupportLevel | null} support
 */
export function renderFooter(node, props, nVisible, support) {
  const total = formatCount(props.n_examples);
  const shown = nVisible < props.n_examples ? `${formatCount(nVisible)} of ${total} examples` : `${total} examples`;
  const nature = `${props.map.label} is ${props.map.exact ? "an exact plane" : "approximate"}`;
  const sentence = `${shown} \u00b7 ${nature}`;
  if (!support) {
    node.replaceChildren(sentence);
    return;
  }
  const dot = element("span", "lm-dot", { attributes: { "aria-hidden": "true", "data-level": support } });
  node.replaceChildren(`${sentence}: support `, element("span", "", { testid: "map-support", text: support }), dot);
}
