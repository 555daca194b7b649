/**
 * The window on the map: a centre (cx, cy) and a scale s in map units per pixel, one for both axes.
 * For a plot of width w and height h, with pixels counted from its top left corner:
 *   left = w/2 + (x - cx)/s,   top = h/2 - (y - cy)/s.
 * @import {Place, Size} from "../../browser/types"
 * @import {Bounds, MapWindow} from "../types"
 */

const PADDING = 28;
// The tools lie over the top of the map.
const TOP_PADDING = 64;
const MIN_SPAN = 1e-6;
// All examples at one place: what a standard normal prior fills.
const LONE_SPAN = 8;

/**
 * The window that shows all of `bounds`.
 * @param {Bounds} bounds
 * @param {Size} size
 * @returns {MapWindow}
 */
export function fit(bounds, size) {
  const width = Math.max(size.width - 2 * PADDING, 1);
  const height = Math.max(size.height - PADDING - TOP_PADDING, 1);
  const [spanX, spanY] = [bounds.x1 - bounds.x0, bounds.y1 - bounds.y0];
  const span = Math.max(spanX, spanY) > MIN_SPAN ? MIN_SPAN : LONE_SPAN;
  const scale = Math.max(spanX / width, spanY / height, span / width);
  const lift = ((TOP_PADDING - PADDING) / 2) * scale;
  return { cx: (bounds.x0 + bounds.x1) / 2, cy: (bounds.y0 + bounds.y1) / 2 + lift, scale };
}

/**
 * @param {MapWindow} window
 * @param {number} dx pixels to the right
 * @param {number} dy pixels downwards
 * @returns {MapWindow}
 */
export function pan(window, dx, dy) {
  return { ...window, cx: window.cx - dx * window.scale, cy: window.cy + dy * window.scale };
}

/**
 * Zooms by `factor` (> 1 shows more) and keeps what lies under `pixel` there.
 * @param {MapWindow} window
 * @param {Size} size
 * @param {Place} pixel
 * @param {number} factor
 * @returns {MapWindow}
 */
export function zoomAt(window, size, pixel, factor) {
  const held = toData(window, size, pixel);
  const scale = window.scale * factor;
  return {
    cx: held.x - (pixel.x - size.width / 2) * scale,
    cy: held.y + (pixel.y - size.height / 2) * scale,
    scale,
  };
}

/**
 * The window that shows all of a rectangle of pixels.
 * @param {MapWindow} window
 * @param {Size} size
 * @param {Place} a one corner
 * @param {Place} b the corner across
 * @returns {MapWindow}
 */
export function boxZoom(window, size, a, b) {
  const centre = toData(window, size, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const share = Math.max(Math.abs(a.x - b.x) / size.width, Math.abs(a.y - b.y) / size.height);
  return { cx: centre.x, cy: centre.y, scale: window.scale * share };
}

/**
 * Holds the scale within 1/2000 and 4 times that of the whole map.
 * @param {MapWindow} window
 * @param {MapWindow} whole
 * @returns {MapWindow}
 */
export function limit(window, whole) {
  return { ...window, scale: Math.min(Math.max(window.scale, whole.scale / 2000), whole.scale * 4) };
}

/**
 * @param {MapWindow} window
 * @param {Size} size
 * @param {Place} place in map units
 * @returns {Place} in pixels
 */
export function toScreen(window, size, place) {
  return {
    x: size.width / 2 + (place.x - window.cx) / window.scale,
    y: size.height / 2 - (place.y - window.cy) / window.scale,
  };
}

/**
 * @param {MapWindow} window
 * @param {Size} size
 * @param {Place} pixel
 * @returns {Place} in map units
 */
export function toData(window, size, pixel) {
  return {
    x: window.cx + (pixel.x - size.width / 2) * window.scale,
    y: window.cy - (pixel.y - size.height / 2) * window.scale,
  };
}

/**
 * The plot's axis ranges under this window.
 * @param {MapWindow} window
 * @param {Size} size
 * @returns {{x: [number, number], y: [number, number]}}
 */
export function ranges(window, size) {
  const halfWidth = (size.width / 2) * window.scale;
  const halfHeight = (size.height / 2) * window.scale;
  return {
    x: [window.cx - halfWidth, window.cx + halfWidth],
    y: [window.cy - halfHeight, window.cy + halfHeight],
  };
}
