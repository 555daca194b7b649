/**
 * Newest wins: of each handle only its latest position waits, at most a few are on their way,
 * and an answer older than one already shown is dropped.
 * @import {Request, Target} from "./types"
 */

export class NewestWins {
  /** @param {number} limit requests on their way at one time */
  constructor(limit = 2) {
    this.limit = limit;
    this.seq = 0;
    /** Answers up to here belong to what is no longer asked. */
    this.floor = 0;
    /** @type {Map<string, Target>} */
    this.waiting = new Map();
    /** @type {Map<number, {id: string, target: Target}>} */
    this.inFlight = new Map();
    /** @type {Map<string, number>} */
    this.shown = new Map();
  }

  /**
   * @param {string} id
   * @param {Target} target
   */
  offer(id, target) {
    this.waiting.set(id, target);
  }

  /**
   * The next request to send, or null while none waits or enough are on their way.
   * @returns {Request | null}
   */
  take() {
    const next = this.waiting.entries().next();
    if (next.done || this.inFlight.size >= this.limit) return null;
    const [id, target] = next.value;
    this.waiting.delete(id);
    this.inFlight.set(++this.seq, { id, target });
    return { id, seq: this.seq, ...target };
  }

  /**
   * Notes an answer. The server skips overtaken positions, so it also ends all earlier ones of the handle.
   * @param {string} id
   * @param {number} seq
   * @returns {boolean} whether the answer is news
   */
  settle(id, seq) {
    for (const [sent, entry] of this.inFlight) {
      if (entry.id === id && sent <= seq) this.inFlight.delete(sent);
    }
    if (seq <= Math.max(this.floor, this.shown.get(id) ?? 0)) return false;
    this.shown.set(id, seq);
    return true;
  }

  /** The connection was lost: what was on its way waits again, unless something newer does. */
  rewind() {
    for (const { id, target } of [...this.inFlight.values()].reverse()) {
      if (!this.waiting.has(id)) this.waiting.set(id, target);
    }
    this.inFlight.clear();
  }

  /** Forgets everything asked so far; answers to it are not news any more. */
  clear() {
    this.waiting.clear();
    this.inFlight.clear();
    this.floor = this.seq;
  }
}
