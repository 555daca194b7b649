import assert from "node:assert/strict";
import { test } from "node:test";

import { boxZoom, fit, limit, pan, ranges, toData, toScreen, zoomAt } from "../../../../explorer/ui/map/points/window.js";

const SIZE = { width: 800, height: 600 };
const WINDOW = { cx: 1, cy: -2, scale: 0.01 };

function near(actual, expected) {
  for (const key of Object.keys(expected)) assert.ok(Math.abs(actual[key] - expected[key]) < 1e-9, `${key}: ${actual[key]}`);
}

test("a place goes to its pixel and back", () => {
  near(toScreen(WINDOW, SIZE, { x: 1, y: -2 }), { x: 400, y: 300 });
  near(toData(WINDOW, SIZE, toScreen(WINDOW, SIZE, { x: 3.25, y: 0.5 })), { x: 3.25, y: 0.5 });
});

test("up on the screen is up on the map", () => {
  assert.ok(toScreen(WINDOW, SIZE, { x: 1, y: 0 }).y < 300);
});

test("the axes' ranges end at the plot's edges, with one unit of the same length on both", () => {
  const { x, y } = ranges(WINDOW, SIZE);
  near(toScreen(WINDOW, SIZE, { x: x[0], y: y[1] }), { x: 0, y: 0 });
  near(toScreen(WINDOW, SIZE, { x: x[1], y: y[0] }), { x: 800, y: 600 });
  assert.ok(Math.abs((x[1] - x[0]) / SIZE.width - (y[1] - y[0]) / SIZE.height) < 1e-12);
});

test("all of the map fits, with a margin, whichever way it is long", () => {
  for (const bounds of [{ x0: 0, x1: 100, y0: 0, y1: 1 }, { x0: 0, x1: 1, y0: -50, y1: 50 }]) {
    const window = fit(bounds, SIZE);
    const low = toScreen(window, SIZE, { x: bounds.x0, y: bounds.y0 });
    const high = toScreen(window, SIZE, { x: bounds.x1, y: bounds.y1 });
    assert.ok(low.x >= 27.9 && high.x <= 772.1 && high.y >= 63.9 && low.y <= 572.1);
  }
});

test("a map of one point can be shown", () => {
  const window = fit({ x0: 2, x1: 2, y0: 3, y1: 3 }, SIZE);
  assert.ok(window.scale * SIZE.width > 4);
  const { x, y } = toScreen(window, SIZE, { x: 2, y: 3 });
  assert.ok(Math.abs(x - 400) < 1e-3 && Math.abs(y - 318) < 1e-3);
});

test("zooming keeps what is under the pointer there", () => {
  const pixel = { x: 130, y: 470 };
  near(toData(zoomAt(WINDOW, SIZE, pixel, 0.3), SIZE, pixel), toData(WINDOW, SIZE, pixel));
});

test("panning moves the map with the hand", () => {
  const place = { x: 0, y: 0 };
  const [before, after] = [WINDOW, pan(WINDOW, 12, -7)].map((window) => toScreen(window, SIZE, place));
  near(after, { x: before.x + 12, y: before.y - 7 });
});

test("a zoom box is centred and all of it is in sight", () => {
  const [a, b] = [{ x: 100, y: 200 }, { x: 300, y: 250 }];
  const window = boxZoom(WINDOW, SIZE, a, b);
  const corners = [a, b].map((pixel) => toScreen(window, SIZE, toData(WINDOW, SIZE, pixel)));
  near(corners[0], { x: 0, y: 200 });
  near(corners[1], { x: 800, y: 400 });
});

test("nobody gets lost: the scale has a least and a most", () => {
  assert.equal(limit({ ...WINDOW, scale: 1e9 }, WINDOW).scale, 0.04);
  assert.equal(limit({ ...WINDOW, scale: 1e-9 }, WINDOW).scale, 0.01 / 2000);
});
