/** Says in place what is being loaded, or what went wrong and what to do about it. */

import { element } from "../../browser/element.js";
import { formatCount } from "../../browser/numbers.js";

const PATIENCE_MS = 150;

export class Notice {
  /**
   * @param {{notice: HTMLElement, progress: HTMLElement}} layout
   * @param {() => void} retry
   */
  constructor({ notice, progress }, retry) {
    this.node = notice;
    this.progress = progress;
    this.retry = retry;
  }

  /**
   * @param {number} nExamples
   * @param {boolean} hasPicture an older picture stays until the new one is there
   * @returns {() => void} to be called when loading has ended
   */
  loading(nExamples, hasPicture) {
    const timer = setTimeout(() => {
      this.progress.hidden = false;
      if (!hasPicture) this.node.textContent = `Loading ${formatCount(nExamples)} examples\u2026`;
    }, PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      this.progress.hidden = true;
    };
  }

  clear() {
    this.node.replaceChildren();
  }

  /** @param {unknown} fault */
  fail(fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    const again = element("button", "lm-retry", { text: "Try again", attributes: { type: "button" } });
    again.addEventListener("click", () => this.retry());
    this.node.replaceChildren(
      element("div", "lm-fault", {
        testid: "map-error",
        attributes: { role: "alert" },
        children: [element("strong", "", { text: "The map could not be loaded" }), element("span", "", { text: reason }), again],
      }),
    );
  }
}
