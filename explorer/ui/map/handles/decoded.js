/**
 * The decoded image beside the active handle, with what is known about that place.
 * @import {Reply} from "../../browser/live/types"
 * @import {Place, Size} from "../../browser/types"
 */

import { cardPlace } from "../../browser/card_place.js";
import { element, moveTo } from "../../browser/element.js";
import { toRgba } from "../../browser/live/messages.js";
import { formatNumber } from "../../browser/numbers.js";
import { drawProfile } from "./profile.js";

const IMAGE_PIXELS = 84;
const VECTOR = { width: 144, height: 72 };
const GAP = 20;
const SUPPORT_WORDS = { good: "good support", thin: "thin support", outside: "outside" };
const SUPPORT_TITLES = {
  good: "Examples lie close by: the decoder has seen codes like this one.",
  thin: "Few examples lie close by: read the image with care.",
  outside: "No example lies near: the decoder is extrapolating.",
};

export class Decoded {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.canvas = element("canvas", "lm-image", { testid: "decoded", attributes: { role: "img", "aria-label": "decoded image" } });
    this.support = element("span", "lm-support", { testid: "decoded-support" });
    this.prior = element("span", "lm-prior", {
      testid: "decoded-log-prior",
      attributes: { title: "log density of this code under the prior, in nats" },
    });
    this.nearest = element("span", "lm-prior", {
      testid: "decoded-nearest",
      attributes: { title: "the example whose code is nearest in latent space" },
    });
    this.trip = element("span", "lm-prior", {
      testid: "decoded-round-trip",
      attributes: { title: "how far the decoded image's own code is from this one, in latent units: far means off the manifold" },
    });
    this.likelihood = element("span", "lm-likelihood", {
      testid: "decoded-likelihood",
      attributes: { title: "log density of this example's x given this code, in nats" },
    });
    this.top = element("div", "lm-top", { testid: "decoded-top" });
    this.node = element("div", "lm-decoded", {
      children: [
        element("div", "lm-readout", { children: [this.likelihood, this.support, this.prior, this.nearest, this.trip] }),
        this.canvas,
        this.top,
      ],
    });
    /** What vectors are drawn over. @type {import("../types").VectorLook | null} */
    this.look = null;
    this.isEmpty = true;
    this.clear();
    stage.append(this.node);
  }

  /** Forgets the image: it belonged to another example or map. */
  clear() {
    this.isEmpty = true;
    this.node.hidden = true;
  }

  /** The image shown is of a place the handle has left, or of another example. */
  wait() {
    this.node.classList.add("lm-waiting");
  }

  /** @param {string} error what the server says about this place */
  refuse(error) {
    this.wait();
    this.node.title = error;
  }

  /** @param {Reply} reply */
  paint(reply) {
    const { header } = reply;
    this.node.title = "";
    const isImage = header.shape.length === 3;
    this.canvas.classList.toggle("lm-profile", !isImage);
    if (isImage) this.#paintImage(reply);
    else this.#paintVector(reply.values);
    this.#nameTop(header.top_features);
    this.canvas.dataset.seq = String(header.seq);
    this.support.textContent = SUPPORT_WORDS[header.support.level];
    this.support.dataset.level = header.support.level;
    this.support.title = SUPPORT_TITLES[header.support.level];
    this.prior.textContent = `log p(z) ${formatNumber(header.log_prior_nats, 1)}`;
    this.nearest.textContent = `nearest ${header.nearest_example_id}`;
    this.likelihood.hidden = header.log_likelihood_nats == null;
    this.likelihood.textContent = `log p(x|z) ${formatNumber(header.log_likelihood_nats ?? null, 1)}`;
    this.trip.hidden = !header.round_trip;
    this.trip.textContent = header.round_trip ? `round trip ${formatNumber(header.round_trip.distance, 2)}` : "";
    this.node.classList.remove("lm-waiting");
    this.node.title = "";
    this.isEmpty = false;
  }

  /** @param {Reply} reply */
  #paintImage(reply) {
    const [height, width] = reply.header.shape;
    if (this.canvas.width !== width || this.canvas.height !== height) this.#resize(width, height);
    this.canvas.getContext("2d")?.putImageData(new ImageData(toRgba(reply), width, height), 0, 0);
  }

  /** @param {[string, number][]} features the largest, in order; none where each is drawn */
  #nameTop(features) {
    this.top.hidden = features.length === 0;
    this.canvas.hidden = !this.top.hidden;
    const most = Math.max(this.look?.high ?? 0, ...features.map(([, value]) => Math.abs(value)), Number.MIN_VALUE);
    this.top.replaceChildren(
      ...features.map(([name, value]) => {
        const bar = element("i", "lm-top-bar");
        bar.style.width = `${(100 * Math.abs(value)) / most}%`;
        const words = [element("bdi", "", { text: name }), element("span", "", { text: formatNumber(value, 2) })];
        return element("div", "lm-top-row", { children: [bar, ...words] });
      }),
    );
  }

  /** @param {ArrayLike<number>} values */
  #paintVector(values) {
    if (!this.look) return;
    const { width, height } = VECTOR;
    // Twice as many pixels as it has on the page: lines are thin on any screen.
    Object.assign(this.canvas, { width: 2 * width, height: 2 * height });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.node);
    const colours = { line: style.getPropertyValue("--accent"), zero: style.getPropertyValue("--line") };
    if (context) drawProfile(context, values, this.look, colours);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #resize(width, height) {
    // A whole number of screen pixels for each image pixel keeps the edges straight.
    const times = Math.max(1, Math.floor(IMAGE_PIXELS / Math.max(width, height)));
    Object.assign(this.canvas, { width, height });
    Object.assign(this.canvas.style, { width: `${width * times}px`, height: `${height * times}px` });
  }

  /**
   * @param {Place | null} handle in the stage's pixels; null where it is out of sight
   * @param {Size} stage
   */
  place(handle, stage) {
    this.node.hidden = this.isEmpty || handle === null;
    if (this.node.hidden || !handle) return;
    moveTo(this.node, cardPlace(handle, { width: this.node.offsetWidth, height: this.node.offsetHeight }, stage, GAP));
  }
}
