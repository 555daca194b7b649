/** The component's fixed skeleton, built once. */

import { element, svg } from "../browser/element.js";

/** @typedef {ReturnType<typeof buildLayout>} Layout */

export function buildLayout() {
  const axes = svg("svg", { class: "lm-axes", "aria-hidden": "true" });
  const canvas = element("canvas", "lm-points", { testid: "map-points", attributes: { "aria-hidden": "true" } });
  const overlay = svg("svg", { class: "lm-overlay", "aria-hidden": "true" });
  const handles = element("div", "lm-handles");
  const surface = element("div", "lm-surface", {
    testid: "map-surface",
    attributes: {
      tabindex: "0",
      role: "application",
      "aria-label": "Map of the latent space. Arrow keys move it, plus and minus zoom, 0 shows all of it, ? lists all keys.",
    },
    children: [overlay, handles],
  });
  const connection = element("div", "lm-connection", {
    testid: "map-connection",
    text: "reconnecting\u2026",
    attributes: { role: "status", hidden: "" },
  });
  const notice = element("div", "lm-notice", { attributes: { role: "status" } });
  const progress = element("div", "lm-progress", { attributes: { hidden: "" } });
  const stage = element("div", "lm-stage", { children: [axes, canvas, surface, progress, notice, connection] });
  const legend = element("div", "lm-legend", { testid: "map-legend" });
  const footer = element("div", "lm-footer", { testid: "map-footer" });
  const below = element("div", "lm-below", { children: [legend, footer] });
  const root = element("div", "root lm-root", {
    testid: "latent-map",
    attributes: { "data-ready": "false" },
    children: [stage, below],
  });
  return { root, stage, axes, canvas, surface, overlay, handles, connection, notice, progress, legend, footer };
}
