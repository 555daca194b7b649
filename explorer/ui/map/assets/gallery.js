/**
 * Entry of the gallery component; see `map.js` for when Streamlit calls it.
 * @import {Act, GalleryProps} from "./gallery_types"
 */

import { Gallery } from "./gallery_view.js";

/** @type {WeakMap<Node, Gallery>} */
const mounted = new WeakMap();

/**
 * @param {{data: GalleryProps, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: Act) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  const gallery = mounted.get(parentElement) ?? new Gallery(parentElement);
  mounted.set(parentElement, gallery);
  gallery.update(data, (act) => setStateValue("act", act));
  return () => {
    mounted.get(parentElement)?.destroy();
    mounted.delete(parentElement);
  };
}
