/**
 * The drawing of one histogram: grid, bars, ticks and the band of a range, in the pixels that it has.
 * @import {Bars, Panel, Span} from "./types"
 */

import { svg } from "../../browser/element.js";
import { formatCount, formatNumber } from "../../browser/numbers.js";
import { ticks } from "../../browser/ticks.js";
import { bars, tallest } from "./bars.js";
import { ends } from "./brush.js";

export const MARGIN = { left: 40, right: 8, top: 8, bottom: 20 };
export const HEIGHT = 128;
const TICK_PIXELS = 72;
const COUNT_TICKS = 3;

/**
 * @param {number} width of the whole drawing
 */
export function plotSize(width) {
  return { width: Math.max(1, width - MARGIN.left - MARGIN.right), height: HEIGHT - MARGIN.top - MARGIN.bottom };
}

/**
 * @param {SVGSVGElement} node
 * @param {Panel} panel
 * @param {Bars} kind
 * @param {number} width
 */
export function drawBars(node, panel, kind, width) {
  const plot = plotSize(width);
  const most = tallest(panel.counts, panel.selected, kind);
  node.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const inside = svg("g", { transform: `translate(${MARGIN.left} ${MARGIN.top})` }, [
    // Shapes are on two scales: no count would be true of both.
    ...(kind === "counts" ? countTicks(most.all, plot) : []),
    svg("path", { class: "lh-all", d: bars(panel.counts, most.all, plot) }),
    svg("path", { class: `lh-selected lh-${kind}`, d: bars(panel.selected, most.selected, plot) }),
    svg("line", { class: "lh-base", x1: 0, x2: plot.width, y1: plot.height, y2: plot.height }),
    ...valueTicks(panel, plot),
    svg("rect", { class: "lh-band", y: -4, height: plot.height + 4, hidden: "" }),
  ]);
  node.replaceChildren(inside);
}

/**
 * @param {SVGSVGElement} node
 * @param {{span: Span, isDraft: boolean} | null} band
 * @param {number} nBins
 * @param {number} width of the whole drawing
 */
export function drawBand(node, band, nBins, width) {
  const rect = node.querySelector(".lh-band");
  if (!rect) return;
  rect.toggleAttribute("hidden", band === null);
  if (!band) return;
  const step = plotSize(width).width / nBins;
  const [first, last] = ends(band.span);
  rect.setAttribute("x", String(first * step));
  rect.setAttribute("width", String((last + 1 - first) * step));
  rect.classList.toggle("lh-draft", band.isDraft);
}

/**
 * @param {number} most
 * @param {{width: number, height: number}} plot
 */
function countTicks(most, plot) {
  const { values } = ticks([0, most], COUNT_TICKS);
  const whole = values.filter((count) => count > 0 && Number.isInteger(count));
  return whole.flatMap((count) => {
    const y = plot.height - (count / most) * plot.height;
    return [
      svg("line", { class: "lh-grid", x1: 0, x2: plot.width, y1: y, y2: y }),
      text(formatCount(count), { x: -6, y: y + 4, "text-anchor": "end" }),
    ];
  });
}

/**
 * @param {Panel} panel
 * @param {{width: number, height: number}} plot
 */
function valueTicks({ edges, scale }, plot) {
  const [low, high] = [edges[0] * scale, edges[edges.length - 1] * scale];
  const { values, digits } = ticks([low, high], plot.width / TICK_PIXELS);
  return values.flatMap((value) => {
    const x = ((value - low) / (high - low)) * plot.width;
    return [
      svg("line", { class: "lh-base", x1: x, x2: x, y1: plot.height, y2: plot.height + 4 }),
      text(formatNumber(value, digits), { x, y: plot.height + 16, "text-anchor": "middle" }),
    ];
  });
}

/**
 * @param {string} words
 * @param {Record<string, string | number>} attributes
 */
function text(words, attributes) {
  return svg("text", { class: "lh-tick", ...attributes }, [document.createTextNode(words)]);
}
