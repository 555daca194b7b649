/**
 * Entry of the histograms; see `map.js` for when Streamlit calls it.
 * @import {Act, HistogramsProps} from "./histograms_types"
 */

import { Histograms } from "./histograms_view.js";

/** @type {WeakMap<Node, Histograms>} */
const mounted = new WeakMap();

/**
 * @param {{data: HistogramsProps, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: Act) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  const histograms = mounted.get(parentElement) ?? new Histograms(parentElement);
  mounted.set(parentElement, histograms);
  histograms.update(data, (act) => setStateValue("act", act));
  return () => {
    mounted.get(parentElement)?.destroy();
    mounted.delete(parentElement);
  };
}
