/**
 * What Streamlit calls for the histograms; see the map's for when.
 * @import {Component} from "../../browser/types"
 * @import {HistogramsProps} from "./types"
 */

import { mounts } from "../../browser/mounts.js";
import { Histograms } from "./histograms.js";

const mount = mounts((parent) => new Histograms(parent));

/**
 * @param {Component<HistogramsProps>} component
 * @returns {() => void}
 */
export function render({ data: [props], parentElement, setStateValue }) {
  return mount(parentElement, (histograms) => histograms.update(props, (act) => setStateValue("act", act)));
}
