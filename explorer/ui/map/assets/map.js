/**
 * Entry of the map component. Streamlit calls `render` at every new props and every theme change, always with
 * the same parent for one mount; what it returns is called once, at unmount.
 * @import {Component} from "./types"
 */

import { LatentMap } from "./latent_map.js";

/** @type {WeakMap<Node, LatentMap>} */
const mounted = new WeakMap();

/**
 * @param {Component} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  let map = mounted.get(parentElement);
  if (!map) {
    map = new LatentMap(parentElement);
    mounted.set(parentElement, map);
  }
  map.update(data, (gesture) => setStateValue("gesture", gesture));
  return () => {
    mounted.get(parentElement)?.destroy();
    mounted.delete(parentElement);
  };
}
