import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_VALUE, cssGradient, ramp, shades } from "../../../../explorer/ui/map/points/colours.js";

const STOPS = [[0, "#000000"], [0.5, "#ff0000"], [1, "#ffffff"]];
const SCALE = { kind: "continuous", column: "gap_nats", label: "gap", limits: [2, 4], stops: STOPS, note: "", digits: 2 };

/** The colours of values, all of them in full. */
function coloursOf(colour, values) {
  const { colours } = shades(colour, values, () => true);
  return Array.from(values, (_, row) => [...colours.subarray(4 * row, 4 * row + 3)]);
}

test("a code has its label's colour, an unknown one has none", () => {
  const colour = { kind: "categorical", column: "label", label: "label", names: ["x", "y"], colours: ["#111111", "#222222"] };
  assert.deepEqual(coloursOf(colour, Int32Array.of(1, 0, -1, 7)), [[34, 34, 34], [17, 17, 17], NO_VALUE, NO_VALUE]);
});

test("values beyond the limits have the ends' colours, values that are missing have none", () => {
  const [below, low, high, above, missing] = coloursOf(SCALE, Float32Array.of(-10, 2, 4, 99, NaN));
  assert.deepEqual(below, [0, 0, 0]);
  assert.deepEqual(low, below);
  assert.deepEqual(high, [255, 255, 255]);
  assert.deepEqual(above, high);
  assert.deepEqual(missing, NO_VALUE);
});

test("limits that coincide do not divide by zero", () => {
  assert.deepEqual(coloursOf({ ...SCALE, limits: [3, 3] }, Float32Array.of(3)), [[0, 0, 0]]);
});

test("what is not in full colour is marked quiet", () => {
  const { colours, hasQuiet } = shades(SCALE, Float32Array.of(2, 3), (row) => row === 1);
  assert.deepEqual([colours[3], colours[7], hasQuiet], [0, 255, true]);
  assert.equal(shades(SCALE, Float32Array.of(2, 3), () => true).hasQuiet, false);
});

test("the scale runs through its stops", () => {
  const steps = ramp(STOPS);
  assert.equal(steps.length, 256);
  assert.deepEqual(steps[0], [0, 0, 0]);
  assert.ok(steps[127][0] > 252 && steps[127][1] === 0);
  assert.deepEqual(steps[255], [255, 255, 255]);
  assert.equal(cssGradient(STOPS), "linear-gradient(to right, #000000 0%, #ff0000 50%, #ffffff 100%)");
});
