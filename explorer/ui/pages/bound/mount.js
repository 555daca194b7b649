/**
 * What Streamlit calls for the argument; see the map's for when.
 * @import {Component} from "../../browser/types"
 * @import {ArgumentProps} from "./argument.js"
 */

import { mounts } from "../../browser/mounts.js";
import { Argument } from "./argument.js";

const mount = mounts((parent) => new Argument(parent));

/**
 * @param {Component<ArgumentProps>} component
 * @returns {() => void}
 */
export function render({ data: [props], parentElement, setTriggerValue }) {
  return mount(parentElement, (argument) => argument.update(props, (act) => setTriggerValue("act", act)));
}
