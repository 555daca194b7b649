/**
 * Entry of the map component. Streamlit calls `render` at every new props and every theme change, always with the same
 * parent for one mount.
 * @import {Component} from "./types"
 */

import { LatentMap } from "./map.js";
import { seats } from "../browser/mounts.js";

const seat = seats((parent) => new LatentMap(parent));

/**
 * @param {Component} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  return seat(parentElement, (map) => map.update(data, (gesture) => setStateValue("gesture", gesture)));
}
