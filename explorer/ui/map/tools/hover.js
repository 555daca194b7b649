/**
 * The point under the pointer: a ring round it and its card.
 * @import {Place} from "../../browser/types"
 * @import {Props} from "../types"
 */

import { svg } from "../../browser/element.js";
import { Tooltip } from "../words/tooltip.js";

export class Hover {
  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} surface
   * @param {SVGSVGElement} lines
   * @param {import("../../browser/live/thumbnails.js").SpritePages} pages
   * @param {import("../points/camera.js").Camera} camera
   * @param {import("../points/painter.js").Painter} painter
   */
  constructor(stage, surface, lines, pages, camera, painter) {
    this.surface = surface;
    this.camera = camera;
    this.painter = painter;
    this.tooltip = new Tooltip(stage, pages);
    this.ring = svg("circle", { class: "lm-ring lm-ring-hovered", r: 6, visibility: "hidden" });
    lines.append(this.ring);
  }

  /**
   * @param {Place | null} at pixel
   * @param {Props | null} props
   */
  at(at, props) {
    const { points } = this.painter;
    const row = at && points ? points.pick(this.camera, at, "mouse") : -1;
    if (row < 0 || !points || !props) return this.leave();
    const mark = this.camera.toScreen(points.at(row));
    const { l, t } = this.painter.margin();
    this.surface.classList.add("lm-over-point");
    this.ring.setAttribute("visibility", "visible");
    this.ring.setAttribute("cx", String(mark.x));
    this.ring.setAttribute("cy", String(mark.y));
    this.tooltip.show(points.describe(row, props), { x: mark.x + l, y: mark.y + t }, this.painter.stageSize(), props);
  }

  leave() {
    this.surface.classList.remove("lm-over-point");
    this.ring.setAttribute("visibility", "hidden");
    this.tooltip.hide();
  }
}
