/** Where an axis has its marks. */

/**
 * Round numbers in a range, at 1, 2 or 5 times a power of ten.
 * @param {[number, number]} range
 * @param {number} most how many at the most
 * @returns {{values: number[], digits: number}}
 */
export function ticks([low, high], most) {
  const rough = (high - low) / Math.max(most, 1);
  if (!(rough > 0) || !Number.isFinite(rough)) return { values: [], digits: 0 };
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) values.push(i * step);
  return { values, digits };
}
