/** Numbers as a person reads them: tabular, grouped, with a true minus sign. */

export const MINUS = "\u2212";
export const MISSING = "not available";

/**
 * @param {number | null} value
 * @param {number} [digits] decimals
 */
export function formatNumber(value, digits = 2) {
  if (value === null || !Number.isFinite(value)) return MISSING;
  const magnitude = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const isZero = !/[1-9]/.test(magnitude);
  return value < 0 && !isZero ? MINUS + magnitude : magnitude;
}

/** @param {number} count */
export function formatCount(count) {
  return formatNumber(count, 0);
}
