/**
 * Tells the page's news from echoes. A gesture is shown at once and the page answers later; what the page sent before it
 * heard of the last gesture must not move the handles back.
 */

export class EchoGuard {
  constructor() {
    this.sent = 0;
    /** @type {number | null} */
    this.revision = null;
  }

  /**
   * Numbers rise across mounts and reloads too, so that no two gestures of a session are ever equal.
   * @param {number} now milliseconds
   */
  next(now) {
    this.sent = Math.max(this.sent + 1, Math.floor(now));
    return this.sent;
  }

  /**
   * Whether the page's handles are to be taken: it has heard of the last gesture, or has itself changed them.
   * @param {number} acknowledged the last gesture that the page had heard of
   * @param {number} revision the page's own count of changes
   */
  takes(acknowledged, revision) {
    const changed = this.revision !== null && revision !== this.revision;
    this.revision = revision;
    if (changed) this.sent = Math.min(this.sent, acknowledged);
    return changed || acknowledged >= this.sent;
  }
}
