/**
 * What Streamlit calls for the gallery; see the map's for when.
 * @import {Component} from "../../browser/types"
 * @import {GalleryProps} from "./types"
 */

import { mounts } from "../../browser/mounts.js";
import { Gallery } from "./gallery.js";

const mount = mounts((parent) => new Gallery(parent));

/**
 * @param {Component<GalleryProps>} component
 * @returns {() => void}
 */
export function render({ data: [props], parentElement, setStateValue }) {
  return mount(parentElement, (gallery) => gallery.update(props, (act) => setStateValue("act", act)));
}
