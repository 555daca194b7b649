/**
 * A colour for every point from a column's values.
 * @import {Column} from "../../browser/live/types"
 * @import {Colour, Continuous} from "../types"
 */

/** What has no value, or no label. @type {Rgb} */
export const NO_VALUE = [128, 132, 140];
const STEPS = 256;
// Takes the alpha away.
const QUIET = 0x00ffffff;

/** @typedef {[number, number, number]} Rgb */

/**
 * RGBA a point: the colour of its value; an alpha of 255 in full, of 0 where the point is quiet.
 * @param {Colour} colour
 * @param {Column} values
 * @param {((row: number) => boolean) | null} isFull null where all are
 * @returns {{colours: Uint8Array, hasQuiet: boolean}}
 */
export function shades(colour, values, isFull) {
  const { packed, at } = paletteOf(colour);
  const colours = new Uint32Array(values.length);
  const none = pack(NO_VALUE);
  let hasQuiet = false;
  for (let row = 0; row < values.length; row++) {
    const shade = packed[at(values[row])] ?? none;
    const full = isFull === null || isFull(row);
    colours[row] = full ? shade : shade & QUIET;
    hasQuiet ||= !full;
  }
  return { colours: new Uint8Array(colours.buffer), hasQuiet };
}

/**
 * The colours, and which of them a value has: -1 for none.
 * @param {Colour} colour
 * @returns {{packed: Uint32Array, at: (value: number) => number}}
 */
function paletteOf(colour) {
  if (colour.kind === "categorical") {
    return { packed: Uint32Array.from(colour.colours, (hex) => pack(channels(hex))), at: (code) => code };
  }
  const [low, high] = colour.limits;
  const span = high - low || 1;
  const at = (/** @type {number} */ value) => {
    const share = (value - low) / span;
    return Number.isFinite(share) ? Math.round(Math.min(Math.max(share, 0), 1) * (STEPS - 1)) : -1;
  };
  return { packed: Uint32Array.from(ramp(colour.stops), pack), at };
}

/**
 * Opaque RGBA in one number, as its bytes lie in memory on every machine that browsers run on.
 * @param {Rgb} rgb
 */
function pack([r, g, b]) {
  return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
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
