/**
 * What Streamlit calls for the map: `render` at every new props and every theme change, always with the same parent for
 * one mount.
 * @import {Component} from "../browser/types"
 * @import {Props} from "./types"
 */

import { mounts } from "../browser/mounts.js";
import { LatentMap } from "./map.js";

const mount = mounts((parent) => new LatentMap(parent));

/**
 * @param {Component<Props>} component
 * @returns {() => void}
 */
export function render({ data: [props], parentElement, setStateValue }) {
  return mount(parentElement, (map) => map.update(props, (gesture) => setStateValue("gesture", gesture)));
}
