/**
 * The atlas's columns: fetched once each, as raw little-endian numbers, and kept by (model, version, column).
 * @import {Column} from "./types"
 */

const INTEGERS = new Set(["example_id", "label"]);
const BYTES = 4;

/**
 * @param {ArrayBuffer} buffer the columns one after another
 * @param {string[]} names
 * @param {number} nExamples
 * @returns {Map<string, Column>}
 */
export function decodeColumns(buffer, names, nExamples) {
  const expected = names.length * nExamples * BYTES;
  if (buffer.byteLength !== expected) {
    throw new Error(`${names.join(", ")}: expected ${expected} bytes, received ${buffer.byteLength}`);
  }
  return new Map(
    names.map((name, i) => {
      const offset = i * nExamples * BYTES;
      const values = INTEGERS.has(name)
        ? new Int32Array(buffer, offset, nExamples)
        : new Float32Array(buffer, offset, nExamples);
      return [name, values];
    }),
  );
}

/**
 * @param {string} root the live routes' address, ending in a slash
 * @returns {(model: string, version: string, names: string[]) => Promise<ArrayBuffer>}
 */
export function columnFetcher(root) {
  return async (model, version, names) => {
    const query = new URLSearchParams({ names: names.join(","), v: version });
    const response = await fetch(`${root}${encodeURIComponent(model)}/columns?${query}`);
    if (!response.ok) throw new Error(await readError(response));
    return response.arrayBuffer();
  };
}

/** @param {Response} response */
async function readError(response) {
  const text = await response.text();
  try {
    return String(JSON.parse(text).error);
  } catch {
    // A proxy between us and the app answers in HTML: the status says more than its page.
    return `the server answered ${response.status}`;
  }
}

export class ColumnCache {
  /** @param {(model: string, version: string, names: string[]) => Promise<ArrayBuffer>} fetchColumns */
  constructor(fetchColumns) {
    this.fetchColumns = fetchColumns;
    /** @type {Map<string, Promise<Column>>} */
    this.kept = new Map();
  }

  /**
   * All of `names`, of which only those not yet here are asked for, in one request.
   * @param {string} model
   * @param {string} version
   * @param {string[]} names
   * @param {number} nExamples
   * @returns {Promise<Record<string, Column>>}
   */
  async get(model, version, names, nExamples) {
    const wanted = [...new Set(names)];
    const key = (/** @type {string} */ name) => JSON.stringify([model, version, name]);
    const missing = wanted.filter((name) => !this.kept.has(key(name)));
    if (missing.length > 0) {
      const reply = this.fetchColumns(model, version, missing).then((buffer) => decodeColumns(buffer, missing, nExamples));
      for (const name of missing) this.#keep(key(name), reply, name);
    }
    const columns = await Promise.all(wanted.map((name) => this.kept.get(key(name))));
    return Object.fromEntries(wanted.map((name, i) => [name, /** @type {Column} */ (columns[i])]));
  }

  /**
   * @param {string} key
   * @param {Promise<Map<string, Column>>} reply
   * @param {string} name
   */
  #keep(key, reply, name) {
    const column = reply.then((columns) => /** @type {Column} */ (columns.get(name)));
    this.kept.set(key, column);
    // A failure is told to whoever awaits it; here it only makes way for the next try.
    column.catch(() => this.kept.delete(key));
  }
}
