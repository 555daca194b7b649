/**
 * The card beside the tile under the pointer or with the focus: label, id and the value that tiles are sorted by.
 * @import {Place, Size} from "../../browser/types"
 * @import {Shown} from "./types"
 */

import { cardPlace } from "../../browser/card_place.js";
import { element, moveTo } from "../../browser/element.js";

const GAP = 8;

export class Card {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.label = element("div", "lg-card-label");
    this.id = element("div", "lg-card-id");
    this.value = element("div", "lg-card-id");
    this.node = element("div", "lg-card", {
      testid: "gallery-card",
      // What it says is the tile's own name already.
      attributes: { hidden: "", "aria-hidden": "true" },
      children: [this.label, this.id, this.value],
    });
    stage.append(this.node);
  }

  hide() {
    this.node.hidden = true;
  }

  /**
   * @param {Shown} shown
   * @param {Place} corner of the tile, in the stage's pixels
   * @param {Size} tile
   */
  show(shown, corner, tile) {
    this.label.textContent = shown.label;
    this.id.textContent = `example ${shown.id}`;
    this.value.textContent = shown.value;
    this.value.hidden = shown.value === "";
    this.node.hidden = false;
    const mark = { x: corner.x + tile.width / 2, y: corner.y + tile.height / 2 };
    const card = { width: this.node.offsetWidth, height: this.node.offsetHeight };
    const stage = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    moveTo(this.node, cardPlace(mark, card, stage, tile.width / 2 + GAP));
  }
}
