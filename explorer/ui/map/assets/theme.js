/**
 * Streamlit's theme, read from its CSS variables.
 * @import {Theme} from "./types"
 */

/**
 * @param {HTMLElement} node
 * @returns {Theme}
 */
export function readTheme(node) {
  const style = getComputedStyle(node);
  const text = style.getPropertyValue("--st-text-color").trim() || "#31333f";
  const font = style.getPropertyValue("--st-font").trim() || "sans-serif";
  return { text, faint: withAlpha(text, 0.6), grid: withAlpha(text, 0.08), font };
}

/**
 * @param {string} colour "#rgb", "#rrggbb" or "rgb(...)"
 * @param {number} alpha
 */
export function withAlpha(colour, alpha) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  const hex = short ? `#${short.slice(1).map((digit) => digit + digit).join("")}` : colour;
  const channels = /^#[0-9a-f]{6}/i.test(hex)
    ? [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16))
    : (colour.match(/[\d.]+/g) ?? ["128", "128", "128"]).slice(0, 3).map(Number);
  return `rgba(${channels.join(", ")}, ${alpha})`;
}
