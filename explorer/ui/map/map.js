/**
 * One map on the page: takes the page's props and keeps points, handles, selection, legend and connection in step.
 * @import {Reply} from "../browser/live/types"
 * @import {How, Place} from "../browser/types"
 * @import {Gesture, GestureKind, Props} from "./types"
 */

import { socketAddress } from "../browser/live/addresses.js";
import { COLUMNS, SPRITES } from "../browser/live/shared.js";
import { LiveSocket } from "../browser/live/socket.js";
import * as selection from "../browser/selection.js";
import { EchoGuard } from "./echo_guard.js";
import { Decoded } from "./handles/decoded.js";
import { Hand } from "./handles/hand.js";
import { withoutHomes } from "./handles/pins.js";
import { Preview } from "./handles/preview.js";
import { buildLayout } from "./layout.js";
import { Camera } from "./points/camera.js";
import { Layers } from "./points/layers.js";
import { Painter } from "./points/painter.js";
import { Hover } from "./tools/hover.js";
import { Keys, KeySheet } from "./tools/keys.js";
import { Navigation } from "./tools/navigation.js";
import { inside } from "./tools/polygon.js";
import { Toolbar } from "./tools/toolbar.js";
import { Hint } from "./words/hint.js";
import { renderFooter, renderLegend } from "./words/legend.js";
import { Notice } from "./words/notice.js";

export class LatentMap {
  /** @param {HTMLElement | ShadowRoot} parent */
  constructor(parent) {
    this.layout = buildLayout();
    parent.append(this.layout.root);
    const { stage, surface, overlay, handles } = this.layout;
    /** @type {Props | null} */
    this.props = null;
    /** @type {(gesture: Gesture) => void} */
    this.send = () => {};
    this.echoGuard = new EchoGuard();
    /** 1 where a row is selected. @type {Uint8Array} */
    this.mask = new Uint8Array();
    /** @type {number[]} */
    this.labels = [];
    /** @type {Reply | null} */
    this.reply = null;
    this.work = Promise.resolve();
    this.frame = 0;
    this.camera = new Camera(() => this.#schedule());
    this.painter = new Painter(stage, this.layout, this.camera);
    this.layers = new Layers(overlay, this.camera);
    this.decoded = new Decoded(stage);
    this.hint = new Hint(stage);
    this.notice = new Notice(this.layout, () => this.#refresh());
    this.sheet = new KeySheet(stage);
    this.hover = new Hover(stage, surface, overlay, SPRITES, this.camera, this.painter);
    this.hand = new Hand(overlay, handles, this.camera, this.painter, {
      activate: () => this.#activate(),
      ask: (id, target) => this.socket?.ask(id, target),
      begin: () => this.#begin(),
      commit: (kind) => this.#commit(kind),
      empty: () => this.#empty(),
      frame: () => this.#placeCard(),
      release: () => this.hint.dismiss(),
    });
    this.preview = new Preview(this.decoded, this.hand, this.camera, this.painter, {
      ask: (id, target) => this.socket?.ask(id, target),
      restore: () => this.#showReply(),
    });
    this.navigation = new Navigation(surface, overlay, this.camera, {
      click: (at, options) => this.hand.click(at, options),
      hover: (at) => this.#hover(at),
      enclose: (polygon, how) => this.#enclose(polygon, how),
    });
    const steer = {
      choose: (/** @type {import("./tools/toolbar.js").Tool} */ tool) => this.#chooseTool(tool),
      act: (/** @type {import("./tools/keys.js").KeyAction} */ action) => this.#act(action),
    };
    this.toolbar = new Toolbar(stage, steer);
    this.toolbar.show("pan");
    this.keySteer = steer;
    /** @type {Keys | null} */
    this.keys = null;
    /** @type {LiveSocket | null} */
    this.socket = null;
    this.resizes = new ResizeObserver(() => this.#resize());
    this.resizes.observe(stage);
  }

  /**
   * @param {Props} props
   * @param {(gesture: Gesture) => void} send
   */
  update(props, send) {
    this.props = props;
    this.send = send;
    this.layout.root.style.height = `${props.height}px`;
    this.decoded.look = props.vectors;
    if (props.has_handles) this.#connect();
    this.#refresh();
  }

  /** A chart without handles decodes nothing, and leaves the keys to the map. */
  #connect() {
    this.socket ??= new LiveSocket(socketAddress(), {
      reply: (reply) => this.#answer(reply),
      error: (error) => this.decoded.refuse(error),
      state: (isOpen) => this.#connection(isOpen),
    });
    this.keys ??= new Keys(this.keySteer);
  }

  destroy() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.keys?.destroy();
    this.hand.destroy();
    this.socket?.close();
    this.painter.destroy();
    this.layout.root.remove();
  }

  #refresh() {
    const { props } = this;
    if (!props) return;
    this.work = this.work.then(() => this.#show(props)).catch((fault) => this.notice.fail(fault));
  }

  /** @param {Props} props */
  async #show(props) {
    // Newer props came in while these waited for their turn.
    if (props !== this.props) return;
    const names = ["example_id", "label", props.map.x, props.map.y, props.colour.column];
    const finished = this.notice.loading(props.n_examples, this.painter.points !== null);
    const columns = await COLUMNS.get(props.model, props.version, names, props.n_examples).finally(finished);
    if (props !== this.props) return;
    const isNewMap = this.painter.isNewMap(props);
    const takes = this.echoGuard.takes(props.acknowledged, props.revision) || isNewMap;
    if (isNewMap) this.#leaveMap();
    if (takes) this.#adoptSelection(props);
    this.painter.show(columns, props, this.mask);
    this.#fitSurface();
    this.hand.adopt(props, { isNewMap, takes });
    this.#describe(props);
    this.notice.clear();
    this.#connection(this.socket?.isOpen ?? true);
  }

  /** @param {Props} props */
  #adoptSelection(props) {
    this.mask = selection.unpack(props.selection, props.n_examples);
    this.labels = props.visible_labels ?? [];
  }

  #leaveMap() {
    this.socket?.forget();
    this.decoded.clear();
    this.reply = null;
    this.hover.leave();
  }

  /** @param {Props} props */
  #describe(props) {
    const { root, legend } = this.layout;
    const { points } = this.painter;
    if (!points) return;
    renderLegend(legend, props.colour, points.visible, (labels) => this.#setLabels(labels));
    this.layers.show(props, points);
    if (this.hint.show(props.hint)) this.hand.invite();
    Object.assign(root.dataset, { map: props.map.id, model: props.model, version: props.version, colour: props.colour.column });
    root.dataset.draws = String(this.painter.nDraws);
    root.dataset.window = this.camera.describe();
    this.toolbar.set("undo", { enabled: props.can_undo, hidden: !props.has_handles });
    this.toolbar.set("redo", { enabled: props.can_redo, hidden: !props.has_handles });
    this.toolbar.set("preview", { hidden: !props.has_handles, pressed: this.preview.isOn });
    this.toolbar.set("keys", { hidden: !props.has_handles });
    this.#status();
  }

  #status() {
    const { points } = this.painter;
    if (!this.props || !points) return;
    renderFooter(this.layout.footer, this.props, points, this.reply?.header.support.level ?? null);
    this.layout.root.dataset.selected = String(points.nSelected);
    this.toolbar.set("clear", { enabled: points.nSelected > 0 });
  }

  /** @param {boolean} isOpen */
  #connection(isOpen) {
    this.layout.connection.hidden = isOpen;
    if (isOpen && this.painter.nDraws > 0) this.layout.root.dataset.ready = "true";
  }

  /** Tells the page, once a gesture. @param {GestureKind} kind */
  #commit(kind) {
    const { selected, pins } = this.hand.state;
    this.send({ n: this.echoGuard.next(Date.now()), kind, selected, handles: withoutHomes(pins), selection: selection.pack(this.mask), labels: this.labels });
  }

  /**
   * @param {Place[]} polygon
   * @param {How} how
   */
  #enclose(polygon, how) {
    const { points } = this.painter;
    if (!points) return;
    const found = inside(polygon, points.x, points.y, (row) => points.isVisible(row));
    this.#choose(selection.combine(this.mask, found, how));
  }

  /** @param {Uint8Array} mask */
  #choose(mask) {
    this.mask = mask;
    this.painter.choose(mask);
    this.#status();
    this.#commit("choose");
  }

  /** @param {number[]} labels */
  #setLabels(labels) {
    this.labels = labels;
    this.#commit("labels");
  }

  /** @param {import("./tools/toolbar.js").Tool} tool */
  #chooseTool(tool) {
    this.navigation.choose(tool);
    this.toolbar.show(tool);
  }

  /** @param {import("./tools/keys.js").KeyAction} action */
  #act(action) {
    if (action === "undo" || action === "redo") this.#commit(action);
    else if (action === "invert") this.#choose(selection.invert(this.mask));
    else if (action === "clear") this.#clear();
    else if (action === "escape") this.#escape();
    else if (action === "reset") this.camera.reset();
    else if (action === "preview") this.#togglePreview();
    else if (action === "keys") this.sheet.open();
    else void this.#save(action);
  }

  #clear() {
    if (this.painter.points?.nSelected) this.#choose(new Uint8Array(this.mask.length));
  }

  #escape() {
    if (!this.navigation.cancel()) this.#clear();
  }

  #togglePreview() {
    this.preview.toggle();
    this.toolbar.set("preview", { pressed: this.preview.isOn });
  }

  /** @param {"png" | "svg"} kind */
  async #save(kind) {
    if (!this.props) return;
    const { mapSvg, pngOf, save, svgText } = await import("./points/export_picture.js");
    const picture = mapSvg(this.layout, this.painter, this.props);
    const blob = kind === "png" ? await pngOf(picture) : new Blob([svgText(picture)], { type: "image/svg+xml" });
    save(blob, `${this.props.model}-${this.props.map.id.replace(/\W+/g, "-")}.${kind}`);
  }

  /** @param {Place | null} at */
  #hover(at) {
    const free = this.hand.isBusy ? null : at;
    if (this.preview.isOn) {
      if (free) this.preview.at(free);
      else this.preview.leave();
      return;
    }
    this.hover.at(free, this.props);
  }

  /** @param {Reply} reply */
  #answer(reply) {
    if (this.preview.takes(reply) || reply.header.id !== this.hand.active) return;
    this.reply = reply;
    if (!this.preview.pointer) this.#showReply();
  }

  /** What is known about the place of the active handle. */
  #showReply() {
    if (this.reply) this.decoded.paint(this.reply);
    this.#placeCard();
    this.#status();
  }

  #activate() {
    this.hover.leave();
    this.decoded.wait();
  }

  /** What is on its way belongs to a handle that is gone. */
  #begin() {
    this.socket?.forget();
    this.decoded.wait();
  }

  #empty() {
    this.socket?.forget();
    this.decoded.clear();
    this.reply = null;
    this.#status();
  }

  #schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.hover.leave();
      this.painter.follow();
      this.#placeAll();
    });
  }

  #resize() {
    this.painter.resize();
    this.#fitSurface();
    this.#placeAll();
  }

  #fitSurface() {
    const { l, t, b } = this.painter.margin();
    const { width, height } = this.painter.surfaceSize();
    this.layout.stage.style.setProperty("--lm-axis-height", `${b}px`);
    Object.assign(this.layout.surface.style, { left: `${l}px`, top: `${t}px`, width: `${width}px`, height: `${height}px` });
  }

  #placeAll() {
    this.hand.place();
    this.layers.follow();
    this.layout.root.dataset.window = this.camera.describe();
  }

  #placeCard() {
    const at = this.hand.activeOnScreen();
    this.#pointHome(at);
    if (this.preview.pointer) return;
    const { l, t } = this.painter.margin();
    this.decoded.place(at && { x: at.x + l, y: at.y + t }, this.painter.stageSize());
    this.layout.root.dataset.window = this.camera.describe();
  }

  /** The round trip's arrow, while the answer is of the handle's place. @param {Place | null} at */
  #pointHome(at) {
    const trip = this.reply?.header.round_trip;
    this.layers.point(at, at && trip ? this.camera.toScreen(trip) : null);
  }
}
