import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf, drawProfile, rangeOf, rowsOf } from "../../../../explorer/ui/map/handles/profile.js";

const BARS = { is_line: false, low: -1, high: 3 };

/** @returns {any} a canvas that only remembers */
function canvas() {
  const heard = { boxes: /** @type {number[][]} */ ([]), points: /** @type {number[][]} */ ([]) };
  return {
    canvas: { width: 200, height: 100 },
    heard,
    beginPath() {},
    stroke() {},
    fillRect: (/** @type {number[]} */ ...box) => heard.boxes.push(box),
    lineTo: (/** @type {number[]} */ ...point) => heard.points.push(point),
  };
}

test("the range is that of the data, so that a drag moves the line and not its scale", () => {
  assert.deepEqual(rangeOf([0, 1], BARS), { low: -1, high: 3 });
  assert.deepEqual(rangeOf([0, 5], BARS), { low: -1, high: 5 });
  assert.deepEqual(rangeOf([2], { is_line: true, low: 2, high: 2 }), { low: 1.5, high: 2.5 });
});

test("higher values are higher up, and both ends are on the canvas", () => {
  const row = rowsOf({ low: 0, high: 1 }, 100);
  assert.ok(row(1) < row(0));
  assert.ok(row(1) > 0 && row(0) < 100);
});

test("bars stand on zero or hang from it", () => {
  const range = { low: -1, high: 1 };
  const [up, down, none] = barsOf([1, -1, 0], range, 100, 100);
  const zero = rowsOf(range, 100)(0);
  assert.equal(up[1] + up[3], zero);
  assert.equal(down[1], zero);
  assert.equal(none[3], 1);
});

test("thousands of bars are a pixel wide each and stay within the canvas", () => {
  const bars = barsOf(new Float32Array(2000).fill(1), { low: 0, high: 1 }, 200, 100);
  assert.equal(bars.length, 2000);
  assert.ok(bars.every(([left, , width]) => left >= 0 && left + width <= 200 && width === 1));
});

test("a signal is a line from edge to edge, features are bars", () => {
  const line = canvas();
  drawProfile(line, [0, 1, 2], { is_line: true, low: 0, high: 2 }, { line: "", zero: "" });
  assert.equal(line.heard.points.length, 3);
  assert.ok(line.heard.points[0][0] < 5 && line.heard.points[2][0] > 195);
  const bars = canvas();
  drawProfile(bars, [0, 1, 2], BARS, { line: "", zero: "" });
  assert.equal(bars.heard.points.length, 0);
  // And the line of zero.
  assert.equal(bars.heard.boxes.length, 4);
});
