/**
 * What a symbol of a formula means, said beside it where the pointer rests or a finger taps.
 * @typedef {{name: string, meaning: string}} Definition
 * @typedef {Pick<DOMRect, "left" | "top" | "bottom" | "width">} Span
 */

const SYMBOL_GAP = 6;
const WINDOW_MARGIN = 8;

/**
 * @param {HTMLElement} root holds the formulas; each of their symbols names its definition by `data-symbol`
 * @param {Record<string, Definition>} definitions by that name
 * @returns {() => void} takes it all away
 */
export function explainSymbols(root, definitions) {
  const tip = document.createElement("div");
  tip.className = "symbol-tip";
  tip.setAttribute("role", "tooltip");
  const name = document.createElement("strong");
  const meaning = document.createElement("span");
  tip.append(name, " ", meaning);
  const hide = () => tip.remove();

  /** @param {PointerEvent} event */
  function point({ target }) {
    const symbol = target instanceof Element ? target.closest("[data-symbol]") : null;
    const definition = symbol && definitions[symbol.getAttribute("data-symbol") ?? ""];
    if (!definition) return hide();
    name.textContent = definition.name;
    meaning.textContent = definition.meaning;
    // Only a root's descendants have its colours.
    root.append(tip);
    placeTip(tip, symbol.getBoundingClientRect());
  }

  const listening = new AbortController();
  const { signal } = listening;
  // A finger is over what it only scrolls past; that it is lifted in place makes a tap.
  root.addEventListener("pointerover", (event) => event.pointerType !== "touch" && point(event), { signal });
  root.addEventListener("pointerup", (event) => event.pointerType === "touch" && point(event), { signal });
  root.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && hide(), { signal });
  document.addEventListener("pointerdown", hide, { signal });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide(), { signal });
  document.addEventListener("scroll", hide, { signal, capture: true, passive: true });
  return () => {
    listening.abort();
    hide();
  };
}

/**
 * Below the symbol, or above it where the window ends, and never outside of the window.
 * @param {HTMLElement} tip
 * @param {Span} symbol
 */
function placeTip(tip, symbol) {
  const { clientWidth, clientHeight } = document.documentElement;
  const { offsetWidth, offsetHeight } = tip;
  const left = symbol.left + (symbol.width - offsetWidth) / 2;
  const below = symbol.bottom + SYMBOL_GAP;
  const fits = below + offsetHeight + WINDOW_MARGIN <= clientHeight;
  const top = fits ? below : symbol.top - SYMBOL_GAP - offsetHeight;
  tip.style.left = `${inside(left, clientWidth - offsetWidth)}px`;
  tip.style.top = `${inside(top, clientHeight - offsetHeight)}px`;
}

/**
 * @param {number} wanted
 * @param {number} room
 */
function inside(wanted, room) {
  return Math.max(WINDOW_MARGIN, Math.min(wanted, room - WINDOW_MARGIN));
}
