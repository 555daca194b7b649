import assert from "node:assert/strict";
import { test } from "node:test";

import { ColumnCache, decodeColumns } from "../../../../explorer/ui/browser/live/columns.js";

/** The bytes that the server sends: widths, then columns, each filled up to a multiple of four. */
function bytes(...columns) {
  const parts = [Uint8Array.from(columns, ({ BYTES_PER_ELEMENT, length }) => (length ? BYTES_PER_ELEMENT : 0)), ...columns];
  const whole = [];
  for (const { buffer } of parts) {
    whole.push(...new Uint8Array(buffer));
    while (whole.length % 4) whole.push(0);
  }
  return Uint8Array.from(whole).buffer;
}

test("ids and labels are integers, everything else is floating point", () => {
  const buffer = bytes(Int32Array.of(4213, -1), Float32Array.of(0.5, -2.25));
  const columns = decodeColumns(buffer, ["example_id", "umap_x"], 2);
  assert.deepEqual([...columns.get("example_id")], [4213, -1]);
  assert.deepEqual([...columns.get("umap_x")], [0.5, -2.25]);
});

test("ids that are the rows' numbers are not sent, and few labels take a byte each", () => {
  const buffer = bytes(new Int32Array(), Uint8Array.of(7, 255, 0), Float32Array.of(1, 2, 3));
  assert.equal(buffer.byteLength, 4 + 4 + 12);
  const columns = decodeColumns(buffer, ["example_id", "label", "umap_x"], 3);
  assert.deepEqual([...columns.get("example_id")], [0, 1, 2]);
  assert.deepEqual([...columns.get("label")], [7, 255, 0]);
  assert.deepEqual([...columns.get("umap_x")], [1, 2, 3]);
});

test("a reply of another length is refused, not cut to size", () => {
  assert.throws(() => decodeColumns(bytes(Float32Array.of(1, 2, 3)), ["umap_x"], 2), /expected 12 bytes, received 16/);
  assert.throws(() => decodeColumns(new ArrayBuffer(0), ["umap_x"], 2), /expected 4 bytes, received 0/);
});

function countingCache() {
  const asked = [];
  const cache = new ColumnCache(async (model, version, names) => {
    asked.push([model, version, ...names]);
    return bytes(...names.map(() => Float32Array.of(asked.length, 0)));
  });
  return { asked, cache };
}

test("a column is fetched once, and only what is missing is asked for", async () => {
  const { asked, cache } = countingCache();
  const first = await cache.get("m", "v", ["umap_x", "umap_y"], 2);
  const second = await cache.get("m", "v", ["umap_x", "gap_nats"], 2);
  assert.deepEqual(asked, [["m", "v", "umap_x", "umap_y"], ["m", "v", "gap_nats"]]);
  assert.equal(second.umap_x, first.umap_x);
});

test("a colour that is also an axis is asked for once", async () => {
  const { asked, cache } = countingCache();
  await cache.get("m", "v", ["axis_0", "axis_1", "axis_0"], 2);
  assert.deepEqual(asked, [["m", "v", "axis_0", "axis_1"]]);
});

test("another version of the atlas shares no columns with the old one", async () => {
  const { asked, cache } = countingCache();
  await cache.get("m", "v1", ["umap_x"], 2);
  await cache.get("m", "v2", ["umap_x"], 2);
  assert.equal(asked.length, 2);
});

test("after a failure the next request tries again", async () => {
  let fails = true;
  const cache = new ColumnCache(async () => {
    if (fails) throw new Error("offline");
    return bytes(Float32Array.of(1, 2));
  });
  await assert.rejects(cache.get("m", "v", ["umap_x"], 2), /offline/);
  fails = false;
  assert.deepEqual([...(await cache.get("m", "v", ["umap_x"], 2)).umap_x], [1, 2]);
});

test("columns of earlier versions are let go of, those of other models are not", async () => {
  const { cache } = countingCache();
  await cache.get("m", "v1", ["umap_x"], 2);
  await cache.get("other", "v1", ["umap_x"], 2);
  await cache.get("m", "v2", ["umap_x"], 2);
  assert.deepEqual([...cache.kept.keys()].map((key) => JSON.parse(key)), [["other", "v1", "umap_x"], ["m", "v2", "umap_x"]]);
});
