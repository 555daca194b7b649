import assert from "node:assert/strict";
import { test } from "node:test";

import { Grid, bounds } from "../../../../explorer/ui/map/points/grid.js";

/** Deterministic points in [0, 1) from a linear congruence. */
function scattered(n) {
  let state = 12345;
  const draw = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  return [Float32Array.from({ length: n }, draw), Float32Array.from({ length: n }, draw)];
}

/** Looks at every point. */
function slowNearest(x, y, place, radius) {
  let best = -1;
  let least = radius;
  for (let row = 0; row < x.length; row++) {
    const distance = Math.hypot(x[row] - place.x, y[row] - place.y);
    if (distance <= least) [best, least] = [row, distance];
  }
  return best;
}

test("the grid finds what a look at every point finds", () => {
  const [x, y] = scattered(2000);
  const [px, py] = scattered(300);
  const grid = new Grid(x, y);
  for (let i = 0; i < px.length; i++) {
    const place = { x: px[i] * 1.2 - 0.1, y: py[i] * 1.2 - 0.1 };
    for (const radius of [0.005, 0.05]) {
      assert.equal(grid.nearest(place, radius), slowNearest(x, y, place, radius));
    }
  }
});

test("nothing within reach is -1", () => {
  const grid = new Grid(Float32Array.of(0, 1), Float32Array.of(0, 1));
  assert.equal(grid.nearest({ x: 0.5, y: 0.5 }, 0.1), -1);
});

test("a point that is not accepted does not hide the one behind it", () => {
  const grid = new Grid(Float32Array.of(0, 0.1), Float32Array.of(0, 0));
  assert.equal(grid.nearest({ x: 0, y: 0 }, 0.5), 0);
  assert.equal(grid.nearest({ x: 0, y: 0 }, 0.5, (row) => row !== 0), 1);
});

test("points on one line or in one place are found", () => {
  assert.equal(new Grid(Float32Array.of(2, 2, 2), Float32Array.of(1, 2, 3)).nearest({ x: 2, y: 3 }, 0.1), 2);
  assert.equal(new Grid(Float32Array.of(5), Float32Array.of(5)).nearest({ x: 5, y: 5 }, 0.1), 0);
});

test("an example without a place is never under the pointer", () => {
  const grid = new Grid(Float32Array.of(NaN, 1), Float32Array.of(0, 1));
  assert.deepEqual(bounds(grid.x, grid.y), { x0: 1, x1: 1, y0: 1, y1: 1 });
  assert.equal(grid.nearest({ x: 1, y: 1 }, 10), 1);
});

test("an empty map has the unit square and no points", () => {
  const grid = new Grid(new Float32Array(), new Float32Array());
  assert.deepEqual(grid.box, { x0: 0, x1: 1, y0: 0, y1: 1 });
  assert.equal(grid.nearest({ x: 0, y: 0 }, 1), -1);
});
