import assert from "node:assert/strict";
import { test } from "node:test";

import { gridOf, inSight, moved, placeOf, revealed } from "../../../../explorer/ui/linked/gallery/grid.js";
import { between, listed, maskOf, orderOf } from "../../../../explorer/ui/linked/gallery/order.js";
import { headline, labelName, valueText } from "../../../../explorer/ui/linked/gallery/words.js";

const CELL = { width: 64, height: 72 };

test("as many columns as fit, and the rest of the width lies between them", () => {
  const grid = gridOf(1000, 700, CELL);
  assert.deepEqual([grid.columns, grid.rows, grid.height], [10, 100, 7200]);
  assert.deepEqual(grid.cell, { width: 70, height: 72 });
});

test("a place too narrow for one tile still has one column", () => {
  assert.deepEqual(gridOf(3, 10, CELL), { columns: 1, rows: 3, cell: CELL, height: 216 });
});

test("every tile whose pixels can be seen is among those in sight, and few others are", () => {
  const count = 60_001;
  const grid = gridOf(count, 700, CELL);
  for (const scrollTop of [0, 1, 71, 72, 5000, 200_003, grid.height - 400]) {
    const { first, end } = inSight(grid, count, scrollTop, 400, 2);
    for (const index of [first - 1, end]) {
      if (index < 0 || index >= count) continue;
      const { y } = placeOf(grid, index);
      assert.ok(y + CELL.height <= scrollTop || y >= scrollTop + 400, `tile ${index} at ${scrollTop}`);
    }
    assert.ok(end - first <= 10 * (7 + 4));
  }
});

test("nothing is in sight of an empty gallery, and all of a small one is", () => {
  assert.deepEqual(inSight(gridOf(0, 700, CELL), 0, 0, 400), { first: 0, end: 0 });
  assert.deepEqual(inSight(gridOf(7, 700, CELL), 7, 0, 400), { first: 0, end: 7 });
});

test("a list that became shorter than where it was scrolled to shows nothing that is not there", () => {
  assert.deepEqual(inSight(gridOf(7, 700, CELL), 7, 10_000, 400), { first: 7, end: 7 });
});

test("arrows go to the neighbours and stop at the edges", () => {
  const grid = gridOf(25, 700, CELL);
  const go = (key, index) => moved(key, index, grid, 25, 400);
  assert.deepEqual([go("ArrowRight", 9), go("ArrowLeft", 10), go("ArrowDown", 3), go("ArrowUp", 13)], [10, 9, 13, 3]);
  assert.deepEqual([go("ArrowLeft", 0), go("ArrowRight", 24), go("ArrowUp", 3), go("ArrowDown", 21)], [0, 24, 3, 21]);
});

test("down from above a gap in the last row leads to the last tile", () => {
  assert.equal(moved("ArrowDown", 18, gridOf(25, 700, CELL), 25, 400), 24);
});

test("Home, End and pages lead as far as there is something", () => {
  const grid = gridOf(1000, 700, CELL);
  const go = (key, index) => moved(key, index, grid, 1000, 400);
  assert.deepEqual([go("Home", 500), go("End", 500)], [0, 999]);
  assert.deepEqual([go("PageDown", 3), go("PageUp", 103), go("PageUp", 20), go("PageDown", 990)], [53, 53, 0, 999]);
  assert.equal(go("a", 3), null);
  assert.equal(moved("End", 0, gridOf(0, 700, CELL), 0, 400), null);
});

test("scrolling to a tile is as little as shows all of it", () => {
  const grid = gridOf(1000, 700, CELL);
  assert.equal(revealed(grid, 5, 0, 400), 0);
  assert.equal(revealed(grid, 5, 100, 400), 0);
  assert.equal(revealed(grid, 60, 0, 400), 7 * 72 - 400);
});

test("what is not a number comes last either way, ties keep the order of rows", () => {
  const values = Float32Array.of(2, NaN, 1, 2, NaN, 3);
  assert.deepEqual([...orderOf(values, false)], [2, 0, 3, 5, 1, 4]);
  assert.deepEqual([...orderOf(values, true)], [5, 0, 3, 2, 1, 4]);
});

test("infinite values have their place", () => {
  assert.deepEqual([...orderOf(Float32Array.of(Infinity, 0, -Infinity, Infinity), false)], [2, 1, 0, 3]);
});

test("a range is the same from both its ends and becomes bits of the atlas's rows", () => {
  const list = listed(orderOf(Float32Array.of(5, 4, 3, 2, 1), false), (row) => row !== 2);
  assert.deepEqual([...list], [4, 3, 1, 0]);
  assert.deepEqual([...between(list, 1, 2)], [3, 1]);
  assert.deepEqual([...between(list, 2, 1)], [3, 1]);
  assert.deepEqual([...maskOf(between(list, 1, 2), 5)], [0, 1, 0, 1, 0]);
});

test("the headline says what is shown", () => {
  const props = { visible_labels: null };
  assert.equal(headline(props, "selected", 1, 1), "1 example selected");
  assert.equal(headline(props, "all", 10000, 0), "Nothing is selected: all 10,000 examples");
  assert.equal(headline({ visible_labels: [1] }, "all", 900, 0), "Nothing is selected: 900 examples of the labels in colour");
  assert.equal(headline(props, "all", 10000, 12), "all 10,000 examples, 12 selected");
});

test("a code without a name has no label", () => {
  const props = { label_names: ["Bag"] };
  assert.deepEqual([0, 1, -1].map((code) => labelName(props, code)), ["Bag", "no label", "no label"]);
});

test("a value is in its unit, and one that is missing has none", () => {
  const gap = { column: "gap_nats", name: "gap", unit: "nats", scale: 1, digits: 2 };
  assert.equal(valueText(gap, -4.591), "gap \u22124.59 nats");
  assert.equal(valueText(gap, NaN), "gap not available");
  assert.equal(valueText({ ...gap, column: "label" }, 3), "");
});

test("while scores are still to come the headline says how many there are, and a tile that it has none", () => {
  const order = { column: "gap_nats", name: "gap", unit: "nats", scale: 1, digits: 2, note: "16 of 40 scored so far" };
  const props = { visible_labels: null, n_examples: 40 };
  assert.equal(
    headline(props, "all", 40, 0, order),
    "Nothing is selected: all 40 examples · 16 of 40 scored so far, those without gap last",
  );
  assert.equal(valueText(order, NaN), "gap: no value so far");
  assert.equal(valueText(order, 1), "gap 1.00 nats");
});
