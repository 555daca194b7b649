import assert from "node:assert/strict";
import { test } from "node:test";

import { packRequest, parseError, parseReply, toRgba } from "../../../../explorer/ui/browser/live/messages.js";

/** What the server sends. */
function reply(header, values) {
  const text = JSON.stringify({ id: "a", seq: 1, log_prior_nats: -3.5, ...header });
  const padded = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 4) * 4));
  const buffer = new Uint8Array(4 + padded.length + values.byteLength);
  new DataView(buffer.buffer).setUint32(0, padded.length, true);
  buffer.set(padded, 4);
  buffer.set(new Uint8Array(values.buffer), 4 + padded.length);
  return buffer.buffer;
}

test("a request carries its fields and nothing else", () => {
  const request = { id: "a", seq: 17, model: "m", version: "9f", base: null, map: "umap", x: 1.5, y: -0.25, offset: [0.5], round_trip: true, likelihood: false, extra: 1 };
  const { extra, ...expected } = request;
  assert.deepEqual(JSON.parse(packRequest(request)), expected);
});

test("a coordinate keeps its last bit, so that a handle at home is at home for the server too", () => {
  const x = Float32Array.of(1.2345678)[0];
  const sent = JSON.parse(packRequest({ id: "a", seq: 1, model: "m", base: 1, map: "umap", x, y: 0 }));
  assert.equal(Math.fround(sent.x), x);
  assert.equal(sent.x, x);
});

test("an image is read from behind its header", () => {
  const { header, values } = parseReply(reply({ dtype: "uint8", shape: [2, 2, 1] }, Uint8Array.of(0, 1, 2, 255)));
  assert.equal(header.log_prior_nats, -3.5);
  assert.deepEqual([...values], [0, 1, 2, 255]);
});

test("a vector is read as floating point", () => {
  const { values } = parseReply(reply({ dtype: "float32", shape: [3] }, Float32Array.of(0.5, -1, 2)));
  assert.deepEqual([...values], [0.5, -1, 2]);
});

test("a reply that was cut is refused", () => {
  const whole = reply({ dtype: "uint8", shape: [2, 2, 1] }, Uint8Array.of(0, 1, 2, 3));
  assert.throws(() => parseReply(whole.slice(0, 2)), /shorter/);
  assert.throws(() => parseReply(whole.slice(0, 20)), /within its header/);
  assert.throws(() => parseReply(whole.slice(0, -1)), /expected 2 x 2 x 1 values, received 3/);
});

test("grey and colour become opaque pixels", () => {
  const grey = parseReply(reply({ dtype: "uint8", shape: [1, 2, 1] }, Uint8Array.of(0, 200)));
  assert.deepEqual([...toRgba(grey)], [0, 0, 0, 255, 200, 200, 200, 255]);
  const colour = parseReply(reply({ dtype: "uint8", shape: [1, 1, 3] }, Uint8Array.of(1, 2, 3)));
  assert.deepEqual([...toRgba(colour)], [1, 2, 3, 255]);
});

test("an error tells whose it is where that is known", () => {
  assert.deepEqual(parseError('{"error": "no", "id": "a", "seq": 4}'), { error: "no", id: "a", seq: 4 });
  assert.deepEqual(parseError('{"error": "no"}'), { error: "no", id: null, seq: null });
});
