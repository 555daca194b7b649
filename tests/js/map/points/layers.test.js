import assert from "node:assert/strict";
import { test } from "node:test";

import { ellipseOf } from "../../../../explorer/ui/map/points/layers.js";

test("an ellipse's axes and turn are its covariance's", () => {
  const { rx, ry, transform } = ellipseOf([1, 2, 4, 0, 1]);
  assert.ok(Math.abs(rx / ry - 2) < 1e-12);
  assert.equal(transform, "translate(1 2) rotate(0)");
  // The covariance of a unit circle stretched to 3 along 30 degrees: 9 u u' + v v'.
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const turned = ellipseOf([0, 0, 9 * c * c + s * s, 8 * c * s, 9 * s * s + c * c]);
  assert.ok(Math.abs(turned.rx / turned.ry - 3) < 1e-9);
  assert.ok(Math.abs(Number(turned.transform.match(/rotate\((.*)\)/)[1]) - 30) < 1e-9);
  // 95% of a standard normal in the plane lie within sqrt(-2 log 0.05).
  assert.ok(Math.abs(ellipseOf([0, 0, 1, 0, 1]).rx - Math.sqrt(-2 * Math.log(0.05))) < 1e-3);
});
