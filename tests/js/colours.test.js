import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_VALUE, cssGradient, pointColours, ramp } from "../../explorer/ui/map/assets/colours.js";

const STOPS = [[0, "#000000"], [0.5, "#ff0000"], [1, "#ffffff"]];
const SCALE = { kind: "continuous", column: "gap_nats", label: "gap", limits: [2, 4], stops: STOPS, note: "", digits: 2 };

test("a code has its label's colour, an unknown one has none", () => {
  const colour = { kind: "categorical", column: "label", label: "label", names: ["x", "y"], colours: ["#111111", "#222222"] };
  assert.deepEqual(pointColours(colour, Int32Array.of(1, 0, -1, 7)), ["#222222", "#111111", NO_VALUE, NO_VALUE]);
});

test("values beyond the limits have the ends' colours, values that are missing have none", () => {
  const [below, low, high, above, missing] = pointColours(SCALE, Float32Array.of(-10, 2, 4, 99, NaN));
  assert.equal(below, "rgb(0, 0, 0)");
  assert.equal(low, below);
  assert.equal(high, "rgb(255, 255, 255)");
  assert.equal(above, high);
  assert.equal(missing, NO_VALUE);
});

test("limits that coincide do not divide by zero", () => {
  assert.deepEqual(pointColours({ ...SCALE, limits: [3, 3] }, Float32Array.of(3)), ["rgb(0, 0, 0)"]);
});

test("the scale runs through its stops", () => {
  const shades = ramp(STOPS);
  assert.equal(shades.length, 256);
  assert.equal(shades[0], "rgb(0, 0, 0)");
  assert.match(shades[127], /^rgb\(25[345], 0, 0\)$/);
  assert.equal(shades[255], "rgb(255, 255, 255)");
  assert.equal(cssGradient(STOPS), "linear-gradient(to right, #000000 0%, #ff0000 50%, #ffffff 100%)");
});
