/**
 * A vector as it is drawn beside the handle: a line through its values, or a bar from zero for each.
 * @import {VectorLook} from "../types"
 */

const MARGIN = 3;
const BAR_SHARE = 0.8;
const NARROW = 3;

/**
 * @param {ArrayLike<number>} values
 * @param {VectorLook} look the range that the data have: what leaves it widens it, or a far code would be cut off
 * @returns {{low: number, high: number}} low < high
 */
export function rangeOf(values, look) {
  let { low, high } = look;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return high > low ? { low, high } : { low: low - 0.5, high: high + 0.5 };
}

/**
 * @param {{low: number, high: number}} range
 * @param {number} height
 * @returns {(value: number) => number} how far below the top a value lies
 */
export function rowsOf({ low, high }, height) {
  return (value) => height - MARGIN - ((height - 2 * MARGIN) * (value - low)) / (high - low);
}

/**
 * @param {ArrayLike<number>} values
 * @param {{low: number, high: number}} range
 * @param {number} width
 * @param {number} height
 * @returns {[number, number, number, number][]} a box for each value: left, top, width, height, at least a pixel of each
 */
export function barsOf(values, range, width, height) {
  const row = rowsOf(range, height);
  const zero = row(0);
  const step = (width - 2 * MARGIN) / values.length;
  const share = step < NARROW ? 1 : BAR_SHARE;
  return Array.from(values, (value, i) => {
    const end = row(value);
    const left = MARGIN + (i + (1 - share) / 2) * step;
    return [left, Math.min(zero, end), Math.max(step * share, 1), Math.max(Math.abs(end - zero), 1)];
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} values
 * @param {VectorLook} look
 * @param {{line: string, zero: string}} colours
 */
export function drawProfile(context, values, look, colours) {
  const { width, height } = context.canvas;
  const range = rangeOf(values, look);
  const row = rowsOf(range, height);
  if (range.low <= 0 && range.high >= 0) {
    context.fillStyle = colours.zero;
    context.fillRect(0, row(0), width, 1);
  }
  context.fillStyle = colours.line;
  context.strokeStyle = colours.line;
  if (!look.is_line) {
    for (const box of barsOf(values, range, width, height)) context.fillRect(...box);
    return;
  }
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  for (let i = 0; i < values.length; i++) {
    const x = MARGIN + ((width - 2 * MARGIN) * i) / Math.max(values.length - 1, 1);
    context.lineTo(x, row(values[i]));
  }
  context.stroke();
}
