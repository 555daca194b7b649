/**
 * Where on a path a pixel lies: for a waypoint that is put between two of its handles.
 * @import {Place} from "../../browser/types"
 */

const REACH = 10;

/**
 * @param {Place[]} course the path on the screen
 * @param {Place[]} anchors its handles on the screen, in order
 * @param {Place} at
 * @returns {{after: number, place: Place} | null} the handle that a waypoint there follows; null away from the path
 */
export function between(course, anchors, at) {
  const found = nearest(course, at);
  if (!found || found.distance > REACH) return null;
  // A path may cross itself: a handle's own length along it is looked for beyond the handle before.
  let from = 0;
  let after = 0;
  for (let i = 1; i < anchors.length - 1; i++) {
    from = nearest(course, anchors[i], from)?.length ?? from;
    if (from <= found.length) after = i;
  }
  return { after, place: found.place };
}

/**
 * The nearest place of a line, from a length along it on.
 * @param {Place[]} course
 * @param {Place} at
 * @param {number} [from]
 */
function nearest(course, at, from = 0) {
  let [best, length] = [/** @type {{distance: number, length: number, place: Place} | null} */ (null), 0];
  for (let i = 1; i < course.length; i++) {
    const [a, b] = [course[i - 1], course[i]];
    const step = Math.hypot(b.x - a.x, b.y - a.y);
    const share = step > 0 ? Math.min(Math.max(((at.x - a.x) * (b.x - a.x) + (at.y - a.y) * (b.y - a.y)) / step ** 2, 0), 1) : 0;
    const place = { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
    const found = { distance: Math.hypot(place.x - at.x, place.y - at.y), length: length + share * step, place };
    if (found.length >= from && (!best || found.distance < best.distance)) best = found;
    length += step;
  }
  return best;
}
