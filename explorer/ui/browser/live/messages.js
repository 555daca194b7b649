/**
 * The live socket's messages. Out: JSON text. In: uint32 header length (little-endian), header JSON, then the
 * values of an image (uint8) or a vector (float32).
 * @import {Reply, ReplyHeader, Request} from "./types"
 */

const LENGTH_BYTES = 4;

/** @param {Request} request */
export function packRequest(request) {
  const { id, seq, model, version, base, map, x, y, offset, round_trip, likelihood } = request;
  return JSON.stringify({ id, seq, model, version, base, map, x, y, offset, round_trip, likelihood });
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Reply}
 */
export function parseReply(buffer) {
  if (buffer.byteLength < LENGTH_BYTES) throw new Error("the reply is shorter than its header's length");
  const length = new DataView(buffer).getUint32(0, true);
  if (LENGTH_BYTES + length > buffer.byteLength) throw new Error("the reply ends within its header");
  const text = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length));
  const header = /** @type {ReplyHeader} */ (JSON.parse(text));
  const start = LENGTH_BYTES + length;
  const values = header.dtype === "float32" ? new Float32Array(buffer.slice(start)) : new Uint8Array(buffer, start);
  const expected = header.shape.reduce((product, length) => product * length, 1);
  if (values.length !== expected) {
    throw new Error(`expected ${header.shape.join(" x ")} values, received ${values.length}`);
  }
  return { header, values };
}

/**
 * @param {string} text
 * @returns {{error: string, id: string | null, seq: number | null}}
 */
export function parseError(text) {
  const { error, id = null, seq = null } = JSON.parse(text);
  return { error: String(error), id, seq };
}

/**
 * Opaque RGBA from grey (C = 1) or colour (C = 3) pixels.
 * @param {Reply} reply
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function toRgba({ header, values }) {
  const [height, width, channels] = header.shape;
  const rgba = new Uint8ClampedArray(height * width * 4);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = values[channels * i + Math.min(c, channels - 1)];
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}
