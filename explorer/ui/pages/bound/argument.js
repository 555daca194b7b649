/**
 * The chapters as they come from the page, their figures drawn where a reader comes near them.
 * @import {Figure} from "../../../explain/assets/figures.js"
 * @typedef {object} ArgumentProps
 * @property {string} html of all chapters, every text in it escaped
 * @property {Record<string, Figure>} figures by their `data-figure`
 * @property {Record<string, {name: string, meaning: string}>} definitions of the symbols
 */

import { PAPER, draw, inkOf } from "../../../explain/assets/figures.js";
import { explainSymbols } from "../../../explain/assets/symbols.js";
import { morph } from "./morph.js";

// How far from the window's edge a figure is drawn already.
const NEAR = "600px 0px";

/** @type {Promise<any> | undefined} */
let library;

/** The script of plotly, 4.8 MB: asked for when text and numbers stand. */
function plotly() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../../../plotly.min.js", import.meta.url).href;
    script.onload = () => resolve(/** @type {any} */ (globalThis).Plotly);
    script.onerror = () => reject(new Error(`${script.src} cannot be loaded`));
    document.head.append(script);
  });
  return library;
}

/**
 * The box that scrolls an element; null for the window.
 * @param {Node} node
 * @returns {HTMLElement | null}
 */
function scrolled(node) {
  const parent = node.parentElement;
  if (parent === null || parent === document.body) return null;
  return /auto|scroll/.test(getComputedStyle(parent).overflowY) ? parent : scrolled(parent);
}

export class Argument {
  #root = document.createElement("article");
  /** @type {Record<string, Figure>} */
  #figures = {};
  /** What each figure was last drawn from. @type {Map<string, string>} */
  #drawn = new Map();
  /** @type {IntersectionObserver} */
  #near;
  /** @type {Set<HTMLElement>} */
  #inSight = new Set();
  #dark = matchMedia("(prefers-color-scheme: dark)");
  /** @type {(act: string) => void} */
  #act = () => {};
  #forget = () => {};
  #onPrint = () => this.#drawAll(true);
  #onPrinted = () => this.#drawAll(false);
  #onTheme = () => setTimeout(() => this.#drawSeen());

  /** @param {HTMLElement | ShadowRoot} parent */
  constructor(parent) {
    this.#root.className = "argument tokens";
    this.#root.dataset.testid = "argument";
    parent.append(this.#root);
    // What lies beyond the edge of a scrolled box is not near the window's.
    const root = scrolled(parent);
    this.#near = new IntersectionObserver((seen) => this.#sight(seen), { root, rootMargin: NEAR });
    this.#root.addEventListener("click", (event) => this.#pressed(event));
    addEventListener("beforeprint", this.#onPrint);
    addEventListener("afterprint", this.#onPrinted);
    this.#dark.addEventListener("change", this.#onTheme);
  }

  /**
   * @param {ArgumentProps} props
   * @param {(act: string) => void} act tells the page which button was pressed
   */
  update({ html, figures, definitions }, act) {
    this.#act = act;
    this.#figures = figures;
    const fresh = this.#root.cloneNode(false);
    if (!(fresh instanceof HTMLElement)) return;
    fresh.innerHTML = html;
    morph(this.#root, fresh);
    this.#forget();
    this.#forget = explainSymbols(this.#root, definitions);
    this.#watch();
    // The text first, the figures when the browser has shown it.
    setTimeout(() => this.#drawSeen());
  }

  destroy() {
    this.#near.disconnect();
    this.#forget();
    removeEventListener("beforeprint", this.#onPrint);
    removeEventListener("afterprint", this.#onPrinted);
    this.#dark.removeEventListener("change", this.#onTheme);
    this.#root.remove();
  }

  #plots() {
    return [...this.#root.querySelectorAll("[data-figure]")].filter((node) => node instanceof HTMLElement);
  }

  #watch() {
    const plots = new Set(this.#plots());
    for (const plot of this.#inSight) if (!plots.has(plot)) this.#inSight.delete(plot);
    for (const plot of plots) this.#near.observe(plot);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #sight(seen) {
    for (const { target, isIntersecting } of seen) {
      if (!(target instanceof HTMLElement)) continue;
      if (isIntersecting) this.#inSight.add(target);
      else this.#inSight.delete(target);
    }
    this.#drawSeen();
  }

  async #drawSeen() {
    if (this.#inSight.size === 0) return;
    const library = await plotly();
    for (const plot of this.#inSight) this.#draw(library, plot, inkOf(plot));
  }

  /** @param {boolean} isPaper */
  async #drawAll(isPaper) {
    const library = /** @type {any} */ (globalThis).Plotly;
    if (library === undefined) return;
    for (const plot of this.#plots()) this.#draw(library, plot, isPaper ? PAPER : inkOf(plot));
  }

  /**
   * @param {any} library
   * @param {HTMLElement} plot
   * @param {import("../../../explain/assets/figures.js").Ink} ink
   */
  #draw(library, plot, ink) {
    const key = plot.dataset.figure ?? "";
    const figure = this.#figures[key];
    if (figure === undefined || !plot.isConnected) return;
    const wanted = JSON.stringify([figure, ink]);
    const isDrawn = plot.childElementCount > 0 && this.#drawn.get(key) === wanted;
    if (isDrawn) return;
    draw(library, plot, figure, ink);
    this.#drawn.set(key, wanted);
  }

  /** @param {Event} event */
  #pressed(event) {
    const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
    if (button !== null) this.#act(button.getAttribute("data-act") ?? "");
  }
}
