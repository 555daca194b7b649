/** Small DOM pieces. Text goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {{testid?: string, text?: string, attributes?: Record<string, string>, children?: Node[]}} [options]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, className, { testid, text, attributes = {}, children = [] } = {}) {
  const node = document.createElement(tag);
  node.className = className;
  if (testid) node.dataset.testid = testid;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node[]} [children]
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes, children = []) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {import("./types").Place} place
 */
export function moveTo(node, place) {
  node.style.transform = `translate(${place.x}px, ${place.y}px)`;
}
