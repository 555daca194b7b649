/**
 * Thumbnails come on sprite pages; a page is loaded when one of its examples is first pointed at.
 * @import {Thumbnails} from "./types"
 */

/**
 * @param {number} row the example's place in the atlas
 * @param {Thumbnails} thumbnails
 */
export function tileOf(row, { tile: [height, width], columns, rows }) {
  const index = row % (columns * rows);
  return {
    page: Math.floor(row / (columns * rows)),
    left: (index % columns) * width,
    top: Math.floor(index / columns) * height,
  };
}

export class SpritePages {
  /** @param {string} root the live routes' address */
  constructor(root) {
    this.root = root;
    /** @type {Map<string, Promise<HTMLImageElement | null>>} */
    this.pages = new Map();
  }

  /**
   * @param {string} model
   * @param {string} version
   * @param {number} page
   * @returns {Promise<HTMLImageElement | null>} null where the page cannot be had: the card then shows no image
   */
  get(model, version, page) {
    const address = `${this.root}${encodeURIComponent(model)}/thumbnails/${page}.png?v=${encodeURIComponent(version)}`;
    const known = this.pages.get(address);
    if (known) return known;
    const loading = loadImage(address);
    this.pages.set(address, loading);
    return loading.then((image) => {
      if (!image) this.pages.delete(address);
      return image;
    });
  }
}

/**
 * @param {string} address
 * @returns {Promise<HTMLImageElement | null>}
 */
function loadImage(address) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = address;
  });
}
