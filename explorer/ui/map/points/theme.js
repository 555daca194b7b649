/** Streamlit's theme, read from its CSS variables. */

// Of ink on paper: where many grey points lie on one another they come to this and no darker.
const QUIET_INK = 0.24;
const QUIET_ALPHA = 0.55;

/**
 * The grey of what is not selected, between the theme's text and ground, as shares of one.
 * @param {HTMLElement} node
 * @returns {[number, number, number, number]}
 */
export function quietColour(node) {
  const style = getComputedStyle(node);
  const ink = channels(style.getPropertyValue("--st-text-color").trim());
  const paper = channels(style.getPropertyValue("--st-background-color").trim());
  const [r, g, b] = ink.map((value, i) => (QUIET_INK * value + (1 - QUIET_INK) * paper[i]) / 255);
  return [r, g, b, QUIET_ALPHA];
}

/** @param {string} colour "#rgb", "#rrggbb" or "rgb(...)" */
export function channels(colour) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  const hex = short ? `#${short.slice(1).map((digit) => digit + digit).join("")}` : colour;
  if (/^#[0-9a-f]{6}/i.test(hex)) return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
  const found = colour.match(/[\d.]+/g) ?? [];
  return found.length >= 3 ? found.slice(0, 3).map(Number) : [128, 128, 128];
}
