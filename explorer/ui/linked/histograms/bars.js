/**
 * Bars as one path each for all examples and for the selection: numbers in, SVG out.
 * @import {Bars} from "./types"
 */

// What is there at all is seen, however little it is beside the tallest.
const LEAST = 2;
const APART = 1;

/**
 * @param {number[]} counts
 * @param {number} most the count that is as high as the plot
 * @param {{width: number, height: number}} plot
 * @returns {string} the `d` of a path
 */
export function bars(counts, most, { width, height }) {
  const step = width / counts.length;
  return counts
    .map((count, i) => {
      if (count <= 0 || most <= 0) return "";
      const tall = Math.max(LEAST, (count / most) * height);
      return `M${tidy(i * step)} ${height}v${tidy(-tall)}h${tidy(Math.max(1, step - APART))}v${tidy(tall)}z`;
    })
    .join("");
}

/**
 * The count that is as high as the plot, for all examples and for the selection.
 * @param {number[]} counts
 * @param {number[]} selected
 * @param {Bars} kind "shares" gives each of both its own full height, so that shapes can be compared
 */
export function tallest(counts, selected, kind) {
  const all = Math.max(0, ...counts);
  return { all, selected: kind === "shares" ? Math.max(0, ...selected) : all };
}

/** @param {number} pixels */
function tidy(pixels) {
  return Number(pixels.toFixed(2));
}
