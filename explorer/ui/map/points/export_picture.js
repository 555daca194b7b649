/**
 * The map as a picture to keep: one SVG of what is on the screen (axes, points, lines, handles, names, legend), and the
 * same as PNG. Up to some twenty thousand points are drawn as circles, more as an image within the SVG.
 * @import {Props} from "../types"
 */

import { svg } from "../../browser/element.js";

const MOST_CIRCLES = 20_000;
const LEGEND_LINE = 20;
const PNG_SCALE = 2;
const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "font-size", "font-weight", "paint-order", "opacity", "visibility", "vector-effect"];

/**
 * @param {import("../layout.js").Layout} layout
 * @param {import("./painter.js").Painter} painter
 * @param {Props} props
 * @returns {SVGSVGElement}
 */
export function mapSvg(layout, painter, props) {
  const { width, height } = painter.stageSize();
  const style = getComputedStyle(layout.root);
  const legend = legendOf(layout, height + LEGEND_LINE, width, style.color);
  const whole = height + legend.height;
  const { l, t } = painter.margin();
  const overlay = painted(layout.overlay);
  overlay.setAttribute("x", String(l));
  overlay.setAttribute("y", String(t));
  return svg(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height: whole, viewBox: `0 0 ${width} ${whole}`, "font-family": style.fontFamily, "font-size": 12 },
    [
      svg("rect", { width, height: whole, fill: getComputedStyle(layout.stage).backgroundColor }),
      painted(layout.axes),
      pointsOf(painter, props),
      overlay,
      ...handlesOf(layout, painter, style.getPropertyValue("--accent")),
      legend.node,
    ],
  );
}

/**
 * @param {SVGSVGElement} picture
 * @returns {string}
 */
export function svgText(picture) {
  return new XMLSerializer().serializeToString(picture);
}

/**
 * @param {SVGSVGElement} picture
 * @returns {Promise<Blob>}
 */
export async function pngOf(picture) {
  const [width, height] = ["width", "height"].map((name) => Number(picture.getAttribute(name)));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(picture))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: PNG_SCALE * width, height: PNG_SCALE * height });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be written"))), "image/png");
  });
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * A copy of a drawing that needs no style sheet.
 * @param {SVGElement} drawing
 * @returns {SVGElement}
 */
function painted(drawing) {
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of STYLES) node.setAttribute(name, style.getPropertyValue(name));
    node.removeAttribute("class");
  });
  return copy;
}

/**
 * @param {import("./painter.js").Painter} painter
 * @param {Props} props
 */
function pointsOf(painter, props) {
  const { points, camera, canvas } = painter;
  const { l, t } = painter.margin();
  if (!points || points.count > MOST_CIRCLES) {
    painter.settle();
    return svg("image", { x: l, y: t, ...camera.size, href: canvas.toDataURL() });
  }
  const { size, opacity, quiet } = painter.look(points);
  const { colours } = points.shades(props.colour);
  const circles = Array.from({ length: points.count }, (_, row) => row)
    .map((row) => ({ row, at: camera.toScreen(points.at(row)), isFull: points.isFull(row) }))
    .filter(({ at }) => camera.sees(at))
    .sort((a, b) => Number(a.isFull) - Number(b.isFull))
    .map(({ row, at, isFull }) => {
      const [r, g, b] = isFull ? colours.subarray(4 * row, 4 * row + 3) : quiet.map((share) => Math.round(255 * share));
      const fill = { fill: `rgb(${r}, ${g}, ${b})`, "fill-opacity": (isFull ? opacity : quiet[3]).toFixed(2) };
      return svg("circle", { cx: at.x.toFixed(1), cy: at.y.toFixed(1), r: (size / 2).toFixed(2), ...fill });
    });
  return svg("g", { transform: `translate(${l} ${t})` }, circles);
}

/**
 * @param {import("../layout.js").Layout} layout
 * @param {import("./painter.js").Painter} painter
 * @param {string} accent
 */
function handlesOf({ handles }, painter, accent) {
  const { l, t } = painter.margin();
  return [...handles.querySelectorAll("button")].map((button) => {
    const { e, f } = new DOMMatrix(getComputedStyle(button).transform);
    const disc = svg("circle", { cx: e + l, cy: f + t, r: 9, fill: accent, stroke: "#fff", "stroke-width": 2 });
    const number = svg("text", { x: e + l, y: f + t + 4, fill: "#fff", "text-anchor": "middle", "font-size": 11 }, [
      document.createTextNode(button.textContent ?? ""),
    ]);
    return svg("g", {}, [disc, number]);
  });
}

/**
 * @param {import("../layout.js").Layout} layout
 * @param {number} top
 * @param {number} width
 * @param {string} ink
 */
function legendOf({ legend }, top, width, ink) {
  const node = svg("g", { fill: ink });
  let [x, y] = [8, top];
  for (const each of legend.children) {
    const words = each.textContent ?? "";
    const mark = each.querySelector(".lm-swatch-mark");
    const room = 28 + 7.2 * words.length + (each.classList.contains("lm-bar") ? 150 : 0);
    if (x + room > width && x > 8) [x, y] = [8, y + LEGEND_LINE];
    if (mark) node.append(svg("circle", { cx: x + 5, cy: y - 4, r: 5, fill: getComputedStyle(mark).backgroundColor }));
    if (each.classList.contains("lm-bar")) node.append(...barOf(/** @type {HTMLElement} */ (each), x, y));
    node.append(svg("text", { x: x + (mark ? 16 : 0), y }, [document.createTextNode(words)]));
    x += room;
  }
  return { node, height: y - top + 2 * LEGEND_LINE };
}

/**
 * @param {HTMLElement} bar
 * @param {number} x
 * @param {number} y
 */
function barOf(bar, x, y) {
  const stops = [...bar.style.background.matchAll(/(rgb\([^)]*\)|#[0-9a-f]+)\s+([\d.]+)%/gi)];
  const gradient = svg("linearGradient", { id: "scale" }, stops.map(([, colour, at]) => svg("stop", { offset: `${at}%`, "stop-color": colour })));
  return [gradient, svg("rect", { x, y: y - 9, width: 160, height: 8, rx: 4, fill: "url(#scale)" })];
}
