/**
 * The selection: a bit a row, packed with the lowest bit first, as the page keeps it; and what a gesture makes of it.
 * @import {How} from "./types"
 */

/**
 * @param {string} text base64 of the packed bits; zero bytes at the end are left out
 * @param {number} nExamples
 * @returns {Uint8Array} 1 where a row is selected
 */
export function unpack(text, nExamples) {
  const mask = new Uint8Array(nExamples);
  const packed = atob(text);
  for (let i = 0; i < packed.length; i++) {
    const byte = packed.charCodeAt(i);
    for (let bit = 0; byte >> bit; bit++) {
      if ((byte >> bit) & 1 && 8 * i + bit < nExamples) mask[8 * i + bit] = 1;
    }
  }
  return mask;
}

/**
 * @param {Uint8Array} mask
 * @returns {string}
 */
export function pack(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  let last = 0;
  for (let row = 0; row < mask.length; row++) {
    if (!mask[row]) continue;
    bytes[row >> 3] |= 1 << (row & 7);
    last = (row >> 3) + 1;
  }
  const parts = [];
  // String.fromCharCode takes a limited number of arguments.
  for (let start = 0; start < last; start += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(start, Math.min(start + 0x8000, last))));
  }
  return btoa(parts.join(""));
}

/**
 * @param {Uint8Array} old
 * @param {Uint8Array} found
 * @param {How} how
 * @returns {Uint8Array}
 */
export function combine(old, found, how) {
  if (how === "replace") return found;
  const wanted = how === "add" ? 1 : 0;
  return old.map((is, row) => (found[row] ? wanted : is));
}

/**
 * @param {Uint8Array} mask
 * @returns {Uint8Array}
 */
export function invert(mask) {
  return mask.map((is) => 1 - is);
}

/** @param {Uint8Array} mask */
export function countOf(mask) {
  let count = 0;
  for (let row = 0; row < mask.length; row++) count += mask[row];
  return count;
}

/**
 * What the keys held during a gesture mean.
 * @param {{shiftKey: boolean, altKey: boolean}} keys
 * @returns {How}
 */
export function howOf({ shiftKey, altKey }) {
  if (altKey) return "remove";
  return shiftKey ? "add" : "replace";
}
