/**
 * The window on the map: a centre (cx, cy) and a scale s in map units per pixel, one for both axes.
 * For a plot of width w and height h, with pixels counted from its top left corner:
 *   left = w/2 + (x - cx)/s,   top = h/2 - (y - cy)/s.
 * @import {Bounds, Place, Size, View} from "../types"
 */

const PADDING = 28;
// The tools lie over the top of the map.
const TOP_PADDING = 64;
const MIN_SPAN = 1e-6;
// All examples at one place: what a standard normal prior fills.
const LONE_SPAN = 8;

/**
 * The view that shows all of `bounds`.
 * @param {Bounds} bounds
 * @param {Size} size
 * @returns {View}
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
 * @param {View} view
 * @param {number} dx pixels to the right
 * @param {number} dy pixels downwards
 * @returns {View}
 */
export function pan(view, dx, dy) {
  return { ...view, cx: view.cx - dx * view.scale, cy: view.cy + dy * view.scale };
}

/**
 * Zooms by `factor` (> 1 shows more) and keeps what lies under `pixel` there.
 * @param {View} view
 * @param {Size} size
 * @param {Place} pixel
 * @param {number} factor
 * @returns {View}
 */
export function zoomAt(view, size, pixel, factor) {
  const held = toData(view, size, pixel);
  const scale = view.scale * factor;
  return {
    cx: held.x - (pixel.x - size.width / 2) * scale,
    cy: held.y + (pixel.y - size.height / 2) * scale,
    scale,
  };
}

/**
 * The view that shows all of a rectangle of pixels.
 * @param {View} view
 * @param {Size} size
 * @param {Place} a one corner
 * @param {Place} b the corner across
 * @returns {View}
 */
export function boxZoom(view, size, a, b) {
  const centre = toData(view, size, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const share = Math.max(Math.abs(a.x - b.x) / size.width, Math.abs(a.y - b.y) / size.height);
  return { cx: centre.x, cy: centre.y, scale: view.scale * share };
}

/**
 * Holds the scale within 1/2000 and 4 times that of the whole map.
 * @param {View} view
 * @param {View} whole
 * @returns {View}
 */
export function limit(view, whole) {
  return { ...view, scale: Math.min(Math.max(view.scale, whole.scale / 2000), whole.scale * 4) };
}

/**
 * @param {View} view
 * @param {Size} size
 * @param {Place} place in map units
 * @returns {Place} in pixels
 */
export function toScreen(view, size, place) {
  return {
    x: size.width / 2 + (place.x - view.cx) / view.scale,
    y: size.height / 2 - (place.y - view.cy) / view.scale,
  };
}

/**
 * @param {View} view
 * @param {Size} size
 * @param {Place} pixel
 * @returns {Place} in map units
 */
export function toData(view, size, pixel) {
  return {
    x: view.cx + (pixel.x - size.width / 2) * view.scale,
    y: view.cy - (pixel.y - size.height / 2) * view.scale,
  };
}

/**
 * The plot's axis ranges under this view.
 * @param {View} view
 * @param {Size} size
 * @returns {{x: [number, number], y: [number, number]}}
 */
export function ranges(view, size) {
  const halfWidth = (size.width / 2) * view.scale;
  const halfHeight = (size.height / 2) * view.scale;
  return {
    x: [view.cx - halfWidth, view.cx + halfWidth],
    y: [view.cy - halfHeight, view.cy + halfHeight],
  };
}
