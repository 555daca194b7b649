/**
 * A colour for every point from a column's values.
 * @import {Colour, Column, Continuous} from "./types"
 */

export const NO_VALUE = "rgba(128, 132, 140, 0.45)";
const STEPS = 256;

/**
 * @param {Colour} colour
 * @param {Column} values
 * @returns {string[]}
 */
export function pointColours(colour, values) {
  if (colour.kind === "categorical") {
    return Array.from(values, (code) => colour.colours[code] ?? NO_VALUE);
  }
  const shades = ramp(colour.stops);
  const [low, high] = colour.limits;
  const span = high - low || 1;
  return Array.from(values, (value) => {
    const share = Math.min(Math.max((value - low) / span, 0), 1);
    return Number.isFinite(share) ? shades[Math.round(share * (STEPS - 1))] : NO_VALUE;
  });
}

/**
 * `STEPS` colours along the stops, mixed in sRGB.
 * @param {Continuous["stops"]} stops positions rise from 0 to 1
 * @returns {string[]}
 */
export function ramp(stops) {
  return Array.from({ length: STEPS }, (_, step) => shade(stops, step / (STEPS - 1)));
}

/**
 * @param {Continuous["stops"]} stops
 * @param {number} at
 */
function shade(stops, at) {
  const after = Math.max(1, stops.findIndex(([position]) => position >= at));
  const [p0, c0] = stops[after - 1];
  const [p1, c1] = stops[after];
  const share = (at - p0) / (p1 - p0 || 1);
  const [a, b] = [channels(c0), channels(c1)];
  return `rgb(${a.map((value, i) => Math.round(value + (b[i] - value) * share)).join(", ")})`;
}

/** @param {string} hex "#rrggbb" */
function channels(hex) {
  return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
}

/** @param {Continuous["stops"]} stops */
export function cssGradient(stops) {
  return `linear-gradient(to right, ${stops.map(([at, colour]) => `${colour} ${at * 100}%`).join(", ")})`;
}
