/**
 * Ranges of bins: what a pointer or a key makes of them, and which values they stand for.
 * @import {Panel, Span} from "./types"
 */

const PAGE = 5;

/**
 * The bin below a place; beyond the ends, the one at the end.
 * @param {number} x
 * @param {number} width of all bins together
 * @param {number} nBins
 */
export function binAt(x, width, nBins) {
  return Math.max(0, Math.min(nBins - 1, Math.floor((x / width) * nBins)));
}

/**
 * @param {Span} span
 * @returns {[number, number]} the first bin and the last
 */
export function ends({ anchor, head }) {
  return anchor < head ? [anchor, head] : [head, anchor];
}

/**
 * The range after a key: arrows move it, with Shift its one end; null where the key means nothing here.
 * @param {Span | null} span
 * @param {string} key
 * @param {boolean} isExtending
 * @param {number} nBins
 * @returns {Span | null}
 */
export function keyed(span, key, isExtending, nBins) {
  /** @type {Record<string, number>} */
  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -PAGE, PageUp: PAGE, Home: -nBins, End: nBins };
  if (!Object.hasOwn(steps, key)) return null;
  const step = steps[key];
  if (!span) {
    const start = key === "Home" || (step > 0 && key !== "End") ? 0 : nBins - 1;
    return { anchor: start, head: start };
  }
  const { anchor, head } = span;
  if (isExtending) return { anchor, head: Math.max(0, Math.min(nBins - 1, head + step)) };
  const [first, last] = ends(span);
  const held = Math.max(-first, Math.min(nBins - 1 - last, step));
  return { anchor: anchor + held, head: head + held };
}

/**
 * The stored values that a range stands for, both ends included. A bin holds its lower edge and not its upper one; the
 * bins at the ends hold all that lies beyond them.
 * @param {Span} span
 * @param {Panel} panel
 */
export function limitsOf(span, { edges, lowest, highest }) {
  const [first, last] = ends(span);
  return {
    low: first === 0 ? lowest : edges[first],
    high: last === edges.length - 2 ? highest : below(edges[last + 1]),
  };
}

/**
 * The bins that a range of stored values touches.
 * @param {{low: number, high: number}} limits
 * @param {Panel} panel
 * @returns {Span}
 */
export function spanOf({ low, high }, { edges }) {
  const nBins = edges.length - 1;
  const bin = (/** @type {number} */ value) => {
    const above = edges.findIndex((edge) => edge > value);
    return above < 0 ? nBins - 1 : Math.max(0, above - 1);
  };
  return { anchor: bin(low), head: bin(high) };
}

/**
 * @param {number[]} counts
 * @param {Span} span
 */
export function countIn(counts, span) {
  const [first, last] = ends(span);
  return counts.slice(first, last + 1).reduce((sum, count) => sum + count, 0);
}

/**
 * The next smaller number of 64 bits.
 * @param {number} value finite
 */
export function below(value) {
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const number = new Float64Array(bits.buffer);
  number[0] = value;
  bits[0] += value > 0 ? -1n : 1n;
  return number[0];
}
