/**
 * Plotly's figures in the colours of the place where they stand.
 * @typedef {{data: unknown[], layout: Record<string, unknown>}} Figure
 * @typedef {{text: string, grid: string, ground: string}} Ink
 */

/** @type {Ink} On paper, whatever the screen's theme is. */
export const PAPER = { text: "#000000", grid: "#cccccc", ground: "#ffffff" };

const GRID_SHARE = 0.14;
const CONFIG = { displayModeBar: false, displaylogo: false, responsive: true };

/**
 * @param {HTMLElement} node
 * @returns {Ink}
 */
export function inkOf(node) {
  const { color } = getComputedStyle(node);
  const [r, g, b] = color.match(/[\d.]+/g) ?? [0, 0, 0];
  const ground = getComputedStyle(node).getPropertyValue("--paper").trim();
  return { text: color, grid: `rgba(${r}, ${g}, ${b}, ${GRID_SHARE})`, ground };
}

/**
 * @param {any} plotly
 * @param {HTMLElement} plot
 * @param {Figure} figure
 * @param {Ink} ink
 */
export function draw(plotly, plot, figure, ink) {
  // Plotly writes into what it is given.
  const { data, layout } = structuredClone(figure);
  plotly.react(plot, data, { ...layout, template: template(plot, ink), autosize: true }, CONFIG);
}

/**
 * @param {HTMLElement} plot
 * @param {Ink} ink
 */
function template(plot, { text, grid, ground }) {
  const axis = { gridcolor: grid, linecolor: grid, zerolinecolor: grid, automargin: true };
  return {
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(plot).fontFamily, size: 13, color: text },
      xaxis: axis,
      yaxis: axis,
      hoverlabel: { bgcolor: ground },
    },
  };
}
