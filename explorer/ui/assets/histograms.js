/**
 * Entry of the histograms; see `map.js` for when Streamlit calls it.
 * @import {Act, HistogramsProps} from "./histograms_types"
 */

import { Histograms } from "./histograms_view.js";
import { seats } from "./seats.js";

const seat = seats((parent) => new Histograms(parent));

/**
 * @param {{data: HistogramsProps, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: Act) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  return seat(parentElement, (view) => view.update(data, (act) => setStateValue("act", act)));
}
