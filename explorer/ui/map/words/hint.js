/** The first minute's one line. It goes away for good after the first drag. */

import { element } from "../../browser/element.js";

const KEY = "latent-map-hint-seen";
const TEXT = "Drag the handle: the picture follows. Click any point. Shift-click a second for a path.";

export class Hint {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.node = element("div", "lm-hint", { testid: "map-hint", text: TEXT, attributes: { hidden: "" } });
    this.seen = wasSeen();
    stage.append(this.node);
  }

  /** @param {boolean} wanted */
  show(wanted) {
    this.node.hidden = this.seen || !wanted;
    return !this.node.hidden;
  }

  dismiss() {
    if (this.seen) return;
    this.seen = true;
    this.node.classList.add("lm-leaving");
    remember();
  }
}

function wasSeen() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    // Storage is refused in some private windows; the hint then comes back with the next page.
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, "1");
  } catch {
    // As above.
  }
}
