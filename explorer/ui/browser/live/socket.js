/**
 * The live socket: sends the newest position of each handle once a frame, reconnects when it is lost.
 * @import {Reply, Target} from "./types"
 */

import { packRequest, parseError, parseReply } from "./messages.js";
import { NewestWins } from "./stream.js";

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;
const STALL_MS = 4000;

/**
 * @typedef {object} SocketEvents
 * @property {(reply: Reply) => void} reply
 * @property {(error: string) => void} error
 * @property {(isOpen: boolean) => void} state
 */

export class LiveSocket {
  /**
   * @param {string} address
   * @param {SocketEvents} events
   */
  constructor(address, events) {
    this.address = address;
    this.events = events;
    this.stream = new NewestWins();
    this.frame = 0;
    this.waitMs = FIRST_WAIT_MS;
    this.isClosed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.stall = undefined;
    this.socket = this.#connect();
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /**
   * @param {string} id
   * @param {Target} target
   */
  ask(id, target) {
    this.stream.offer(id, target);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#pump();
    });
  }

  /** Answers to what was asked so far are of no use any more. */
  forget() {
    this.stream.clear();
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.retry);
    clearTimeout(this.stall);
    cancelAnimationFrame(this.frame);
    this.socket.close();
  }

  #connect() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.waitMs = FIRST_WAIT_MS;
      this.events.state(true);
      this.#pump();
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#lost();
    return socket;
  }

  #lost() {
    if (this.isClosed) return;
    clearTimeout(this.stall);
    this.stream.rewind();
    this.events.state(false);
    this.retry = setTimeout(() => {
      this.socket = this.#connect();
    }, this.waitMs * (0.75 + Math.random() / 2));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  #pump() {
    if (!this.isOpen) return;
    for (let next = this.stream.take(); next; next = this.stream.take()) this.socket.send(packRequest(next));
    this.#watch();
  }

  /** An answer that never comes must not hold back the next question. */
  #watch() {
    clearTimeout(this.stall);
    if (this.stream.inFlight.size === 0) return;
    this.stall = setTimeout(() => {
      this.stream.inFlight.clear();
      this.#pump();
    }, STALL_MS);
  }

  /** @param {ArrayBuffer | string} data */
  #receive(data) {
    if (typeof data === "string") this.#refused(data);
    else {
      const reply = parseReply(data);
      if (this.stream.settle(reply.header.id, reply.header.seq)) this.events.reply(reply);
    }
    this.#pump();
  }

  /** @param {string} text */
  #refused(text) {
    const { error, id, seq } = parseError(text);
    if (id !== null && seq !== null && this.stream.settle(id, seq)) this.events.error(error);
  }
}
