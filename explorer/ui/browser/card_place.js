/**
 * Where a card goes beside a mark: to its right, else to its left, centred on it and within the stage.
 * @import {Place, Size} from "./types"
 */

const EDGE = 8;

/**
 * @param {Place} mark
 * @param {Size} card
 * @param {Size} stage
 * @param {number} gap
 * @returns {Place} the card's top left corner
 */
export function cardPlace(mark, card, stage, gap) {
  const right = mark.x + gap;
  const fits = right + card.width + EDGE <= stage.width;
  const x = fits ? right : mark.x - gap - card.width;
  return { x: hold(x, stage.width - card.width), y: hold(mark.y - card.height / 2, stage.height - card.height) };
}

/**
 * @param {number} at
 * @param {number} most
 */
function hold(at, most) {
  return Math.round(Math.max(EDGE, Math.min(at, most - EDGE)));
}
