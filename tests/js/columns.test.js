import assert from "node:assert/strict";
import { test } from "node:test";

import { ColumnCache, decodeColumns } from "../../explorer/ui/map/assets/columns.js";

/** The bytes that the server sends for two rows. */
function bytes(...columns) {
  const buffer = new ArrayBuffer(columns.length * 8);
  const view = new DataView(buffer);
  columns.forEach(({ integer, values }, c) =>
    values.forEach((value, row) =>
      integer ? view.setInt32(8 * c + 4 * row, value, true) : view.setFloat32(8 * c + 4 * row, value, true),
    ),
  );
  return buffer;
}

test("ids and labels are integers, everything else is floating point", () => {
  const buffer = bytes({ integer: true, values: [4213, -1] }, { integer: false, values: [0.5, -2.25] });
  const columns = decodeColumns(buffer, ["example_id", "umap_x"], 2);
  assert.deepEqual([...columns.get("example_id")], [4213, -1]);
  assert.deepEqual([...columns.get("umap_x")], [0.5, -2.25]);
});

test("a reply of another length is refused, not cut to size", () => {
  assert.throws(() => decodeColumns(new ArrayBuffer(12), ["umap_x"], 2), /expected 8 bytes, received 12/);
});

function countingCache() {
  const asked = [];
  const cache = new ColumnCache(async (model, version, names) => {
    asked.push([model, version, ...names]);
    return bytes(...names.map(() => ({ integer: false, values: [asked.length, 0] })));
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
    return bytes({ integer: false, values: [1, 2] });
  });
  await assert.rejects(cache.get("m", "v", ["umap_x"], 2), /offline/);
  fails = false;
  assert.deepEqual([...(await cache.get("m", "v", ["umap_x"], 2)).umap_x], [1, 2]);
});
