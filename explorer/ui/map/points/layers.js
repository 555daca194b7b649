/**
 * What is drawn over the points: density contours, posterior ellipses, the names of clusters, and the round trip's arrow.
 * Contours and ellipses are drawn once, in map units, and follow the camera by one transformation.
 * @import {Place} from "../../browser/types"
 * @import {Props} from "../types"
 */

import { svg } from "../../browser/element.js";
import { medoids } from "./medoids.js";

// A standard normal leaves this ellipse's inside in five per cent of its draws.
const ELLIPSE_RADIUS = 2.4477;
const LONGEST_NAME = 28;
const HEAD = 6;

export class Layers {
  /**
   * @param {SVGSVGElement} layer
   * @param {import("./camera.js").Camera} camera
   */
  constructor(layer, camera) {
    this.camera = camera;
    this.ground = svg("g", {});
    this.names = svg("g", { class: "lm-names", "data-testid": "map-names" });
    this.arrow = svg("g", { class: "lm-arrow", "data-testid": "map-round-trip", visibility: "hidden" });
    layer.append(this.ground, this.names, this.arrow);
    /** @type {{node: SVGElement, at: Place, width: number}[]} */
    this.placed = [];
    this.key = "";
    this.namesKey = "";
  }

  /**
   * @param {Props} props
   * @param {import("./points.js").Points} points
   */
  show(props, points) {
    const key = JSON.stringify([props.contours, props.ellipses]);
    if (key !== this.key) this.#drawGround(props);
    this.key = key;
    const namesKey = JSON.stringify([props.layers.includes("names"), props.model, props.version, props.map.id]);
    if (namesKey !== this.namesKey) this.#drawNames(props, points);
    this.namesKey = namesKey;
    this.follow();
  }

  /** @param {Props} props */
  #drawGround({ contours, ellipses }) {
    this.ground.replaceChildren(
      ...contours.map(([level, line]) =>
        svg("path", { class: "lm-contour", "stroke-opacity": 0.25 + 0.6 * level, d: `M${line.map((place) => place.join(" ")).join("L")}` }),
      ),
      ...ellipses.map((ellipse) => svg("ellipse", { class: "lm-ellipse", ...ellipseOf(ellipse) })),
    );
  }

  /**
   * @param {Props} props
   * @param {import("./points.js").Points} points
   */
  #drawNames(props, points) {
    const found = props.layers.includes("names") ? medoids(points, props.label_names.length) : [];
    this.placed = found.map(({ code, row }) => {
      const name = cut(props.label_names[code]);
      const node = svg("text", { class: "lm-name", "text-anchor": "middle" }, [document.createTextNode(name)]);
      return { node, at: points.at(row), width: 8 * name.length + 8 };
    });
    this.names.replaceChildren(...this.placed.map(({ node }) => node));
  }

  /** The camera has moved. */
  follow() {
    const { window, size } = this.camera;
    const k = 1 / window.scale;
    const [dx, dy] = [size.width / 2 - window.cx * k, size.height / 2 + window.cy * k];
    this.ground.setAttribute("transform", `matrix(${k} 0 0 ${-k} ${dx} ${dy})`);
    this.#spread();
  }

  /** Names of large clusters first; one that would lie on another is left out. */
  #spread() {
    /** @type {{x: number, y: number, width: number}[]} */
    const taken = [];
    for (const { node, at, width } of this.placed) {
      const { x, y } = this.camera.toScreen(at);
      const isFree = taken.every((other) => Math.abs(other.y - y) > 16 || Math.abs(other.x - x) > (other.width + width) / 2);
      const isShown = isFree && this.camera.sees({ x, y });
      node.setAttribute("visibility", isShown ? "visible" : "hidden");
      if (!isShown) continue;
      taken.push({ x, y, width });
      node.setAttribute("x", x.toFixed(1));
      node.setAttribute("y", (y + 4).toFixed(1));
    }
  }

  /**
   * The arrow from a handle to where its decoded image encodes to.
   * @param {Place | null} from pixel
   * @param {Place | null} to pixel
   */
  point(from, to) {
    const length = from && to ? Math.hypot(to.x - from.x, to.y - from.y) : 0;
    this.arrow.setAttribute("visibility", length > 2 * HEAD ? "visible" : "hidden");
    if (!from || !to || length <= 2 * HEAD) return;
    const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
    const [bx, by] = [to.x - HEAD * 1.6 * ux, to.y - HEAD * 1.6 * uy];
    const head = `${to.x},${to.y} ${bx - HEAD * 0.7 * uy},${by + HEAD * 0.7 * ux} ${bx + HEAD * 0.7 * uy},${by - HEAD * 0.7 * ux}`;
    this.arrow.replaceChildren(
      svg("line", { class: "lm-arrow-line", x1: from.x, y1: from.y, x2: bx, y2: by }),
      svg("polygon", { class: "lm-arrow-head", points: head }),
    );
  }
}

/**
 * The 95% ellipse of a Gaussian with a covariance matrix, by its eigenvalues.
 * @param {[number, number, number, number, number]} ellipse
 */
export function ellipseOf([x, y, xx, xy, yy]) {
  const middle = (xx + yy) / 2;
  const apart = Math.hypot((xx - yy) / 2, xy);
  const [rx, ry] = [middle + apart, Math.max(middle - apart, 0)].map((variance) => ELLIPSE_RADIUS * Math.sqrt(variance));
  const angle = (Math.atan2(2 * xy, xx - yy) / 2) * (180 / Math.PI);
  return { rx, ry, transform: `translate(${x} ${y}) rotate(${angle})` };
}

/** @param {string} name */
function cut(name) {
  const line = name.replace(/\s+/g, " ");
  return line.length > LONGEST_NAME ? `${[...line].slice(0, LONGEST_NAME - 1).join("")}\u2026` : line;
}
