import assert from "node:assert/strict";
import { test } from "node:test";

import { countOf } from "../../../../explorer/ui/browser/selection.js";
import { inside, rectangle } from "../../../../explorer/ui/map/tools/polygon.js";

/** The same numbers at every run. */
function random(seed) {
  let state = seed;
  return () => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32;
}

/** The even-odd rule as it is defined: one ray, every edge. */
function isInside(polygon, px, py) {
  return polygon.reduce((is, a, i) => {
    const b = polygon[(i + 1) % polygon.length];
    return a.y > py !== b.y > py && px < ((b.x - a.x) * (py - a.y)) / (b.y - a.y) + a.x ? !is : is;
  }, false);
}

test("a lasso of any shape holds what the even-odd rule says", () => {
  const next = random(2);
  const polygon = Array.from({ length: 200 }, () => ({ x: next(), y: next() }));
  const [x, y] = [0, 1].map(() => Float32Array.from({ length: 3000 }, () => 1.2 * next() - 0.1));
  const expected = Array.from(x, (value, row) => (isInside(polygon, value, y[row]) ? 1 : 0));
  assert.deepEqual([...inside(polygon, x, y)], expected);
  assert.ok(expected.includes(1) && expected.includes(0));
});

test("places that are not finite, a filter, and an outline that is none", () => {
  const box = rectangle({ x: 0, y: 0 }, { x: 2, y: 2 });
  const [x, y] = [Float32Array.of(1, NaN, 1, 5), Float32Array.of(1, 1, 1, 1)];
  assert.deepEqual([...inside(box, x, y)], [1, 0, 1, 0]);
  assert.deepEqual([...inside(box, x, y, (row) => row === 2)], [0, 0, 1, 0]);
  assert.deepEqual([...inside(box.slice(0, 2), x, y)], [0, 0, 0, 0]);
  assert.deepEqual([...inside([box[0], box[0], box[0]], x, y)], [0, 0, 0, 0]);
});

test("a hundred thousand points are compared with a lasso of five hundred corners in well under a frame's tenth of a second", () => {
  const next = random(3);
  const polygon = Array.from({ length: 500 }, (_, i) => ({
    x: 0.5 + 0.4 * Math.cos((2 * Math.PI * i) / 500),
    y: 0.5 + 0.4 * Math.sin((2 * Math.PI * i) / 500),
  }));
  const [x, y] = [0, 1].map(() => Float32Array.from({ length: 100_000 }, next));
  const start = performance.now();
  const share = countOf(inside(polygon, x, y)) / x.length;
  assert.ok(performance.now() - start < 300);
  assert.ok(Math.abs(share - Math.PI * 0.16) < 0.01);
});
