/**
 * One tile of the gallery: an image out of a sprite page, or a label and an id where the data are no images.
 * @import {Thumbnails} from "../../browser/live/types"
 * @import {Place, Size} from "../../browser/types"
 * @import {GalleryProps, Shown} from "./types"
 */

import { element, moveTo } from "../../browser/element.js";
import { SPRITES } from "../../browser/live/shared.js";
import { tileOf } from "../../browser/live/thumbnails.js";

const IMAGE_PIXELS = 64;
const MAX_IMAGE_PIXELS = 96;
const CHIP = { width: 176, height: 32 };
const GAP = 8;

/**
 * How large an image is drawn: whole multiples of its pixels where that is small enough.
 * @param {[number, number]} tile height and width of the data's images
 * @returns {Size}
 */
export function imageSize([height, width]) {
  const largest = Math.max(height, width);
  const times = largest > IMAGE_PIXELS ? Math.min(1, MAX_IMAGE_PIXELS / largest) : Math.floor(IMAGE_PIXELS / largest);
  return { width: Math.round(width * times), height: Math.round(height * times) };
}

/**
 * @param {GalleryProps} props
 * @returns {Size} a tile with the gap to the next
 */
export function cellOf({ thumbnails }) {
  const { width, height } = thumbnails ? imageSize(thumbnails.tile) : CHIP;
  return { width: width + GAP, height: height + GAP };
}

export class Tile {
  constructor() {
    this.image = element("span", "lg-image", { attributes: { "aria-hidden": "true" } });
    this.label = element("span", "lg-chip-label");
    this.id = element("span", "lg-chip-id");
    this.chip = element("span", "lg-chip", { children: [this.label, this.id] });
    this.node = element("div", "lg-tile", {
      testid: "gallery-tile",
      attributes: { role: "option" },
      children: [this.image, this.chip],
    });
    /** @type {Shown | null} */
    this.shown = null;
    this.version = "";
  }

  /**
   * @param {Shown} shown
   * @param {Place} place
   * @param {{index: number, count: number, isActive: boolean}} position
   * @param {GalleryProps} props
   */
  show(shown, place, { index, count, isActive }, props) {
    moveTo(this.node, place);
    const spoken = [shown.label, `example ${shown.id}`, shown.value].filter(Boolean).join(", ");
    const attributes = {
      "aria-label": shown.isInspected ? `${spoken}, inspected` : spoken,
      "aria-selected": String(shown.isSelected),
      "aria-posinset": String(index + 1),
      "aria-setsize": String(count),
      "data-index": String(index),
      "data-example": String(shown.id),
      tabindex: isActive ? "0" : "-1",
    };
    for (const [name, value] of Object.entries(attributes)) this.node.setAttribute(name, value);
    this.node.classList.toggle("lg-inspected", shown.isInspected);
    this.#fill(shown, props);
    this.shown = shown;
  }

  /**
   * @param {Shown} shown
   * @param {GalleryProps} props
   */
  #fill(shown, props) {
    const version = `${props.model} ${props.version}`;
    if (this.shown?.row === shown.row && this.version === version) return;
    this.version = version;
    this.image.hidden = !props.thumbnails;
    this.chip.hidden = !!props.thumbnails;
    this.label.textContent = shown.label;
    this.id.textContent = String(shown.id);
    if (props.thumbnails) void this.#draw(shown.row, props, props.thumbnails);
  }

  /**
   * @param {number} row
   * @param {GalleryProps} props
   * @param {Thumbnails} thumbnails
   */
  async #draw(row, props, thumbnails) {
    const { style } = this.image;
    // What it showed before is gone at once.
    style.backgroundImage = "";
    const { page, left, top } = tileOf(row, thumbnails);
    const sprite = await SPRITES.get(props.model, props.version, page);
    // The tile may show another example by the time that the page is here.
    if (this.shown?.row !== row) return;
    this.image.hidden = !sprite;
    this.chip.hidden = !!sprite;
    if (!sprite) return;
    const { width, height } = imageSize(thumbnails.tile);
    const [tileHeight, tileWidth] = thumbnails.tile;
    const [across, down] = [width / tileWidth, height / tileHeight];
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.backgroundImage = `url("${sprite.src}")`;
    style.backgroundSize = `${sprite.naturalWidth * across}px ${sprite.naturalHeight * down}px`;
    style.backgroundPosition = `${-left * across}px ${-top * down}px`;
  }
}
