/**
 * A colour for every point from a column's values.
 * @import {Colour, Column, Continuous} from "./types"
 */

/** What has no value, or no label. @type {Rgb} */
export const NO_VALUE = [128, 132, 140];
const STEPS = 256;

/** @typedef {[number, number, number]} Rgb */

/**
 * RGBA a point: the colour of its value; an alpha of 255 in full, of 0 where the point is quiet.
 * @param {Colour} colour
 * @param {Column} values
 * @param {(row: number) => boolean} isFull
 * @returns {{colours: Uint8Array, hasQuiet: boolean}}
 */
export function shades(colour, values, isFull) {
  const palette = paletteOf(colour);
  const colours = new Uint8Array(4 * values.length);
  let hasQuiet = false;
  for (let row = 0; row < values.length; row++) {
    const [r, g, b] = palette(values[row]);
    const full = isFull(row);
    const at = 4 * row;
    colours[at] = r;
    colours[at + 1] = g;
    colours[at + 2] = b;
    colours[at + 3] = full ? 255 : 0;
    hasQuiet ||= !full;
  }
  return { colours, hasQuiet };
}

/**
 * @param {Colour} colour
 * @returns {(value: number) => Rgb}
 */
function paletteOf(colour) {
  if (colour.kind === "categorical") {
    const known = colour.colours.map(channels);
    return (code) => known[code] ?? NO_VALUE;
  }
  const steps = ramp(colour.stops);
  const [low, high] = colour.limits;
  const span = high - low || 1;
  return (value) => {
    const share = Math.min(Math.max((value - low) / span, 0), 1);
    return Number.isFinite(share) ? steps[Math.round(share * (STEPS - 1))] : NO_VALUE;
  };
}

/**
 * `STEPS` colours along the stops, mixed in sRGB.
 * @param {Continuous["stops"]} stops positions rise from 0 to 1
 * @returns {Rgb[]}
 */
export function ramp(stops) {
  return Array.from({ length: STEPS }, (_, step) => shade(stops, step / (STEPS - 1)));
}

/**
 * @param {Continuous["stops"]} stops
 * @param {number} at
 * @returns {Rgb}
 */
function shade(stops, at) {
  const after = Math.max(1, stops.findIndex(([position]) => position >= at));
  const [p0, c0] = stops[after - 1];
  const [p1, c1] = stops[after];
  const share = (at - p0) / (p1 - p0 || 1);
  const [a, b] = [channels(c0), channels(c1)];
  return /** @type {Rgb} */ (a.map((value, i) => Math.round(value + (b[i] - value) * share)));
}

/**
 * @param {string} hex "#rrggbb"
 * @returns {Rgb}
 */
function channels(hex) {
  return /** @type {Rgb} */ ([1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)));
}

/** @param {Continuous["stops"]} stops */
export function cssGradient(stops) {
  return `linear-gradient(to right, ${stops.map(([at, colour]) => `${colour} ${at * 100}%`).join(", ")})`;
}
