/** Draws the figures of the file in the reader's theme, and in the light one on paper. */

import { PAPER, draw, inkOf } from "./figures.js";
import { explainSymbols } from "./symbols.js";

const { plotly, figures, definitions } = {
  plotly: /** @type {any} */ (globalThis).Plotly,
  ...JSON.parse(/** @type {HTMLElement} */ (document.getElementById("data")).textContent ?? "{}"),
};

/** @param {import("./figures.js").Ink} [ink] */
function drawAll(ink) {
  for (const plot of document.querySelectorAll("[data-figure]")) {
    if (plot instanceof HTMLElement) draw(plotly, plot, figures[plot.dataset.figure ?? ""], ink ?? inkOf(plot));
  }
}

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
addEventListener("beforeprint", () => drawAll(PAPER));
addEventListener("afterprint", () => drawAll());
explainSymbols(document.body, definitions);
document.documentElement.dataset.ready = "true";
