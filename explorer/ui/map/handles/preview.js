/**
 * Preview: while it is on, the place under the pointer is decoded, and the handle's own image comes back when the
 * pointer leaves.
 * @import {Reply} from "../../browser/live/types"
 * @import {Place} from "../../browser/types"
 */

const ID = "preview";

export class Preview {
  /**
   * @param {import("./decoded.js").Decoded} decoded
   * @param {import("./hand.js").Hand} hand
   * @param {import("../points/camera.js").Camera} camera
   * @param {import("../points/painter.js").Painter} painter
   * @param {{ask: (id: string, target: import("../../browser/live/types").Target) => void, restore: () => void}} events
   */
  constructor(decoded, hand, camera, painter, events) {
    this.decoded = decoded;
    this.hand = hand;
    this.camera = camera;
    this.painter = painter;
    this.events = events;
    this.isOn = false;
    /** @type {Place | null} */
    this.pointer = null;
  }

  toggle() {
    this.isOn = !this.isOn;
    this.leave();
  }

  /** @param {Place} at pixel */
  at(at) {
    const { points } = this.painter;
    if (!this.isOn || !points) return;
    const row = points.pick(this.camera, at, "mouse");
    const place = row < 0 ? this.camera.toData(at) : points.at(row);
    const base = row < 0 ? null : points.ids.at(row);
    const target = this.hand.target({ base, ...place, offset: [] });
    if (!target) return;
    this.pointer = at;
    this.events.ask(ID, { ...target, round_trip: false });
  }

  /**
   * Shows the answer if it is the preview's.
   * @param {Reply} reply
   */
  takes(reply) {
    if (reply.header.id !== ID) return false;
    if (this.pointer) {
      this.decoded.paint(reply);
      const { l, t } = this.painter.margin();
      this.decoded.place({ x: this.pointer.x + l, y: this.pointer.y + t }, this.painter.stageSize());
    }
    return true;
  }

  leave() {
    if (!this.pointer) return;
    this.pointer = null;
    this.events.restore();
  }
}
