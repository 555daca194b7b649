/**
 * The atlas's columns: fetched once each, as raw little-endian numbers, and kept by (model, version, column).
 * @import {Column} from "./types"
 */

const INTEGERS = new Set(["example_id", "label"]);
const ALIGNED = 4;

/**
 * The reply begins with the width of each column, a byte each; widths and columns are filled up to multiples of four.
 * @param {ArrayBuffer} buffer
 * @param {string[]} names
 * @param {number} nExamples
 * @returns {Map<string, Column>}
 */
export function decodeColumns(buffer, names, nExamples) {
  const widths = [...new Uint8Array(buffer, 0, Math.min(names.length, buffer.byteLength))];
  const sizes = [names.length, ...widths.map((width) => width * nExamples)].map(aligned);
  const expected = sizes.reduce((sum, size) => sum + size, 0);
  if (widths.length !== names.length || buffer.byteLength !== expected) {
    throw new Error(`${names.join(", ")}: expected ${expected} bytes, received ${buffer.byteLength}`);
  }
  let offset = sizes[0];
  return new Map(
    names.map((name, i) => {
      const values = columnAt(buffer, offset, nExamples, widths[i], INTEGERS.has(name));
      offset += sizes[i + 1];
      return [name, values];
    }),
  );
}

/** @param {number} size */
function aligned(size) {
  return Math.ceil(size / ALIGNED) * ALIGNED;
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} offset
 * @param {number} count
 * @param {number} width bytes a number; none where the row's number is the value
 * @param {boolean} isInteger
 * @returns {Column}
 */
function columnAt(buffer, offset, count, width, isInteger) {
  if (width === 0) return rowNumbers(count);
  if (width === 1) return new Uint8Array(buffer, offset, count);
  return isInteger ? new Int32Array(buffer, offset, count) : new Float32Array(buffer, offset, count);
}

/** @param {number} count */
function rowNumbers(count) {
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

/**
 * @param {string} root the live routes' address, ending in a slash
 * @returns {(model: string, version: string, names: string[]) => Promise<ArrayBuffer>}
 */
export function columnFetcher(root) {
  return async (model, version, names) => {
    const query = new URLSearchParams({ names: names.join(","), compact: "1", v: version });
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
    this.#forget(model, version);
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
   * Lets go of what other versions of a model have had: of an atlas that is being built there is another every few
   * seconds. Who still shows one has its columns.
   * @param {string} model
   * @param {string} version
   */
  #forget(model, version) {
    for (const key of this.kept.keys()) {
      const [itsModel, itsVersion] = JSON.parse(key);
      if (itsModel === model && itsVersion !== version) this.kept.delete(key);
    }
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
