/**
 * Entry of the argument; see `map.js` for when Streamlit calls it.
 * @import {ArgumentProps} from "./argument_view.js"
 */

import { Argument } from "./argument_view.js";
import { seats } from "./seats.js";

const seat = seats((parent) => new Argument(parent));

/**
 * @param {{data: ArgumentProps, parentElement: HTMLElement | ShadowRoot, setTriggerValue: (name: string, value: string) => void}} component
 * @returns {() => void}
 */
export function render({ data, parentElement, setTriggerValue }) {
  return seat(parentElement, (view) => view.update(data, (act) => setTriggerValue("act", act)));
}
