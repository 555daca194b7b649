/**
 * One map on the page: takes the page's props and keeps points, handles, legend and connection in step.
 * @import {Gesture, Props, Reply, SupportLevel} from "./types"
 */

import { liveAddress, socketAddress } from "./addresses.js";
import { Camera } from "./camera.js";
import { ColumnCache, columnFetcher } from "./columns.js";
import { Decoded } from "./decoded.js";
import { Hand } from "./hand.js";
import { Hint } from "./hint.js";
import { Hover } from "./hover.js";
import { buildLayout } from "./layout.js";
import { renderFooter, renderLegend } from "./legend.js";
import { Navigation } from "./navigation.js";
import { Notice } from "./notice.js";
import { Painter } from "./painter.js";
import { loadPlotly } from "./plotly.js";
import { LiveSocket } from "./socket.js";
import { SpritePages } from "./thumbnails.js";

const COLUMNS = new ColumnCache(columnFetcher(liveAddress()));
const SPRITES = new SpritePages(liveAddress());

export class LatentMap {
  /** @param {HTMLElement | ShadowRoot} parent */
  constructor(parent) {
    this.layout = buildLayout();
    parent.append(this.layout.root);
    const { stage, surface, plot, overlay, handles, box } = this.layout;
    /** @type {Props | null} */
    this.props = null;
    /** @type {SupportLevel | null} */
    this.support = null;
    this.work = Promise.resolve();
    this.frame = 0;
    this.camera = new Camera(() => this.#schedule());
    this.painter = new Painter(stage, plot, this.camera);
    this.decoded = new Decoded(stage);
    this.hint = new Hint(stage);
    this.notice = new Notice(this.layout, () => this.#refresh());
    this.hover = new Hover(stage, surface, overlay, SPRITES, this.camera, this.painter);
    this.hand = new Hand(overlay, handles, this.camera, this.painter, {
      activate: () => this.#activate(),
      ask: (id, target) => this.socket.ask(id, target),
      begin: () => this.#begin(),
      empty: () => this.#empty(),
      frame: () => this.#placeCard(),
      release: () => this.hint.dismiss(),
    });
    this.navigation = new Navigation(stage, surface, box, this.camera, {
      click: (at, options) => this.hand.click(at, options),
      hover: (at) => this.hover.at(this.hand.isBusy ? null : at, this.props),
    });
    this.socket = new LiveSocket(socketAddress(), {
      reply: (reply) => this.#answer(reply),
      error: (error) => this.decoded.refuse(error),
      state: (isOpen) => this.#connection(isOpen),
    });
    this.resizes = new ResizeObserver(() => this.#resize());
    this.resizes.observe(stage);
  }

  /**
   * @param {Props} props
   * @param {(gesture: Gesture) => void} send
   */
  update(props, send) {
    this.props = props;
    this.hand.send = send;
    this.layout.root.style.height = `${props.height}px`;
    this.#refresh();
  }

  destroy() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.hand.destroy();
    this.socket.close();
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
    const [plotly, columns] = await Promise.all([
      loadPlotly(liveAddress(), props.plotly_version),
      COLUMNS.get(props.model, props.version, names, props.n_examples),
    ]).finally(finished);
    if (props !== this.props) return;
    const isNewMap = this.painter.isNewMap(props);
    if (isNewMap) this.#leaveMap();
    await this.painter.show(plotly, columns, props);
    this.#fitSurface();
    this.hand.adopt(props, isNewMap);
    this.#describe(props);
    this.notice.clear();
    this.#connection(this.socket.isOpen);
  }

  #leaveMap() {
    this.socket.forget();
    this.decoded.clear();
    this.hover.leave();
    this.support = null;
  }

  /** @param {Props} props */
  #describe(props) {
    const { root, legend } = this.layout;
    renderLegend(legend, props.colour, this.painter.points?.visible ?? null);
    this.hand.invite(this.hint.show(props.hint));
    Object.assign(root.dataset, { map: props.map.id, model: props.model, colour: props.colour.column });
    root.dataset.draws = String(this.painter.nDraws);
    this.#status();
  }

  #status() {
    const { points } = this.painter;
    if (this.props && points) renderFooter(this.layout.footer, this.props, points.nVisible, this.support);
  }

  /** @param {boolean} isOpen */
  #connection(isOpen) {
    this.layout.connection.hidden = isOpen;
    if (isOpen && this.painter.nDraws > 0) this.layout.root.dataset.ready = "true";
  }

  /** @param {Reply} reply */
  #answer(reply) {
    if (reply.header.id !== this.hand.active) return;
    this.decoded.paint(reply);
    this.support = reply.header.support.level;
    this.#placeCard();
    this.#status();
  }

  #activate() {
    this.hover.leave();
    this.decoded.wait();
  }

  /** What is on its way belongs to a handle that is gone. */
  #begin() {
    this.socket.forget();
    this.decoded.wait();
  }

  #empty() {
    this.socket.forget();
    this.decoded.clear();
    this.support = null;
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
    this.layout.root.dataset.view = this.camera.describe();
  }

  #placeCard() {
    const at = this.hand.activeOnScreen();
    const { l, t } = this.painter.margin();
    this.decoded.place(at && { x: at.x + l, y: at.y + t }, this.painter.stageSize());
    this.layout.root.dataset.view = this.camera.describe();
  }
}
