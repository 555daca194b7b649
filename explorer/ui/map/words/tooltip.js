/**
 * The card of the point under the pointer: thumbnail, label, id and the colour's value.
 * @import {Thumbnails} from "../../browser/live/types"
 * @import {Place, Size} from "../../browser/types"
 */

import { cardPlace } from "../../browser/card_place.js";
import { element, moveTo } from "../../browser/element.js";
import { SpritePages, tileOf } from "../../browser/live/thumbnails.js";

const THUMBNAIL_PIXELS = 56;
const GAP = 16;

/** @typedef {{row: number, label: string, exampleId: string, value: string}} Hovered */

export class Tooltip {
  /**
   * @param {HTMLElement} stage
   * @param {SpritePages} pages
   */
  constructor(stage, pages) {
    this.pages = pages;
    this.row = -1;
    this.canvas = element("canvas", "lm-thumbnail");
    this.label = element("div", "lm-tooltip-label", { testid: "map-tooltip-label" });
    this.exampleId = element("div", "lm-tooltip-id");
    this.value = element("div", "lm-tooltip-value");
    this.node = element("div", "lm-tooltip", {
      testid: "map-tooltip",
      attributes: { hidden: "" },
      children: [this.canvas, element("div", "lm-tooltip-text", { children: [this.label, this.exampleId, this.value] })],
    });
    stage.append(this.node);
  }

  hide() {
    this.row = -1;
    this.node.hidden = true;
  }

  /**
   * @param {Hovered} hovered
   * @param {Place} at in the stage's pixels
   * @param {Size} stage
   * @param {{model: string, version: string, thumbnails: Thumbnails | null}} source
   */
  show(hovered, at, stage, source) {
    this.label.textContent = hovered.label;
    this.exampleId.textContent = hovered.exampleId;
    this.value.textContent = hovered.value;
    this.value.hidden = hovered.value === "";
    this.node.hidden = false;
    this.canvas.hidden = source.thumbnails === null;
    if (source.thumbnails && this.row !== hovered.row) void this.#drawThumbnail(hovered.row, source, source.thumbnails);
    this.row = hovered.row;
    moveTo(this.node, cardPlace(at, { width: this.node.offsetWidth, height: this.node.offsetHeight }, stage, GAP));
  }

  /**
   * @param {number} row
   * @param {{model: string, version: string}} source
   * @param {Thumbnails} thumbnails
   */
  async #drawThumbnail(row, { model, version }, thumbnails) {
    const [height, width] = thumbnails.tile;
    const times = Math.max(1, Math.floor(THUMBNAIL_PIXELS / Math.max(width, height)));
    Object.assign(this.canvas, { width, height });
    Object.assign(this.canvas.style, { width: `${width * times}px`, height: `${height * times}px` });
    const { page, left, top } = tileOf(row, thumbnails);
    const sprite = await this.pages.get(model, version, page);
    // The pointer may have gone on while the page was loading.
    if (sprite && this.row === row) this.canvas.getContext("2d")?.drawImage(sprite, left, top, width, height, 0, 0, width, height);
  }
}
