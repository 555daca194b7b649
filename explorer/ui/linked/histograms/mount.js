/**
 * Entry of the histograms; see the map's for when Streamlit calls it.
 * @import {Act, HistogramsProps} from "./types"
 */

import { Histograms } from "./histograms.js";
import { seats } from "../../browser/mounts.js";

const seat = seats((parent) => new Histograms(parent));

/**
 * @param {{data: HistogramsProps, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: Act) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setStateValue }) {
  return seat(parentElement, (view) => view.update(data, (act) => setStateValue("act", act)));
}
