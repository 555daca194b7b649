/**
 * Where the name of a cluster goes: at the example nearest to the geometric median of its label, which is its medoid
 * up to the spacing of the points (Weiszfeld 1937).
 */

const MOST_NAMES = 60;
const ROUNDS = 12;
// So many of a label tell where its middle is.
const SAMPLE = 2000;
const CROWD = 200_000;

/**
 * @param {{labels: ArrayLike<number>, x: ArrayLike<number>, y: ArrayLike<number>}} points
 * @param {number} nLabels
 * @returns {{code: number, row: number}[]} labels with examples, the largest first
 */
export function medoids({ labels, x, y }, nLabels) {
  /** @type {number[][]} */
  const rows = Array.from({ length: nLabels }, () => []);
  // Of a crowd every n-th: a name needs no more to find its place.
  const step = Math.max(1, Math.floor(labels.length / CROWD));
  for (let row = 0; row < labels.length; row += step) {
    if (labels[row] < nLabels && labels[row] >= 0 && Number.isFinite(x[row] + y[row])) rows[labels[row]].push(row);
  }
  return rows
    .map((members, code) => ({ code, members }))
    .filter(({ members }) => members.length > 0)
    .sort((a, b) => b.members.length - a.members.length)
    .slice(0, MOST_NAMES)
    .map(({ code, members }) => ({ code, row: medoid(sampled(members), x, y) }));
}

/** @param {number[]} members */
function sampled(members) {
  const step = Math.max(1, Math.floor(members.length / SAMPLE));
  return step === 1 ? members : members.filter((_, i) => i % step === 0);
}

/**
 * @param {number[]} members
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 */
function medoid(members, x, y) {
  let [cx, cy] = [mean(members, x), mean(members, y)];
  for (let round = 0; round < ROUNDS; round++) {
    let [sx, sy, total] = [0, 0, 0];
    for (const row of members) {
      const weight = 1 / Math.max(Math.hypot(x[row] - cx, y[row] - cy), 1e-9);
      sx += weight * x[row];
      sy += weight * y[row];
      total += weight;
    }
    [cx, cy] = [sx / total, sy / total];
  }
  const apart = (/** @type {number} */ row) => Math.hypot(x[row] - cx, y[row] - cy);
  return members.reduce((best, row) => (apart(row) < apart(best) ? row : best));
}

/**
 * @param {number[]} members
 * @param {ArrayLike<number>} values
 */
function mean(members, values) {
  return members.reduce((sum, row) => sum + values[row], 0) / members.length;
}
