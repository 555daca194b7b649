/**
 * Entry of the gallery component; see `map.js` for when Streamlit calls it.
 * @import {Act, GalleryProps} from "./gallery_types"
 */

import { Gallery } from "./gallery_view.js";
import { seats } from "./seats.js";

const seat = seats((parent) => new Gallery(parent));

/**
 * @param {{data: GalleryProps, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: Act) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  return seat(parentElement, (view) => view.update(data, (act) => setStateValue("act", act)));
}
