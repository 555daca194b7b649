/**
 * Entry of the gallery component; see the map's for when Streamlit calls it.
 * @import {Act, GalleryProps} from "./types"
 */

import { Gallery } from "./gallery.js";
import { seats } from "../../browser/mounts.js";

const seat = seats((parent) => new Gallery(parent));

/**
 * @param {{data: GalleryProps, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: Act) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  return seat(parentElement, (view) => view.update(data, (act) => setStateValue("act", act)));
}
