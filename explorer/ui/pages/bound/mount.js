/**
 * Entry of the argument; see the map's for when Streamlit calls it.
 * @import {ArgumentProps} from "./argument.js"
 */

import { Argument } from "./argument.js";
import { seats } from "../../browser/mounts.js";

const seat = seats((parent) => new Argument(parent));

/**
 * @param {{data: ArgumentProps, parentElement: HTMLElement | ShadowRoot, setTriggerValue: (name: string, value: string) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setTriggerValue }) {
  return seat(parentElement, (view) => view.update(data, (act) => setTriggerValue("act", act)));
}
