/**
 * Makes what stands on the page like fresh markup and leaves alone what is equal: text keeps its selection, a control its
 * focus, and a figure its drawing.
 */

/**
 * @param {Element} old
 * @param {Element} fresh of the same kind
 */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  attributes(old, fresh);
  // What is inside is the figure's own.
  if (old.hasAttribute("data-figure")) return;
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const match = found(place, child);
    if (match === null) {
      old.insertBefore(child, place);
      continue;
    }
    while (place !== null && place !== match) place = removed(place);
    if (match instanceof Element && child instanceof Element) morph(match, child);
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
    place = match.nextSibling;
  }
  while (place !== null) place = removed(place);
}

/**
 * The next node that stands for the same thing: the same name if it has one, else of the same kind and just here.
 * @param {ChildNode | null} place
 * @param {Node} child
 */
function found(place, child) {
  const name = nameOf(child);
  if (name === "") return place !== null && place.nodeName === child.nodeName && nameOf(place) === "" ? place : null;
  for (let node = place; node !== null; node = node.nextSibling) if (nameOf(node) === name) return node;
  return null;
}

/** @param {Node} node */
function nameOf(node) {
  if (!(node instanceof HTMLElement)) return "";
  return node.id || node.querySelector(":scope > [data-figure]")?.getAttribute("data-figure") || "";
}

/** @param {ChildNode} node */
function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function attributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    // A figure that is drawn carries classes of its own.
    if (name !== "class" || !old.hasAttribute("data-figure")) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
}
