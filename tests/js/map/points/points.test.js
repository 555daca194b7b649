import assert from "node:assert/strict";
import { test } from "node:test";

import { describeValue, labelName, markerOpacity, markerSize, Points } from "../../../../explorer/ui/map/points/points.js";

const COLUMNS = {
  example_id: Int32Array.of(70, 71, 72),
  label: Int32Array.of(0, 1, 0),
  umap_x: Float32Array.of(0, 1, 5),
  umap_y: Float32Array.of(0, 0, 5),
  gap_nats: Float32Array.of(1, 2, 3),
};
const PROPS = {
  map: { x: "umap_x", y: "umap_y" },
  colour: { kind: "categorical", column: "label", label: "label", names: ["Bag", "Coat"], colours: ["#111111", "#222222"] },
  visible_labels: null,
  label_names: ["Bag", "Coat"],
};
const NOTHING = new Uint8Array(3);
/** A camera at which a pixel is a tenth of a map unit. */
const CAMERA = { window: { scale: 0.1 }, toData: ({ x, y }) => ({ x: x / 10, y: y / 10 }) };

test("the point under the pointer is the nearest within reach", () => {
  const points = new Points(COLUMNS, PROPS, NOTHING);
  assert.equal(points.pick(CAMERA, { x: 2, y: 0 }, "mouse"), 0);
  assert.equal(points.pick(CAMERA, { x: 7, y: 0 }, "mouse"), 1);
  assert.equal(points.pick(CAMERA, { x: 30, y: 30 }, "mouse"), -1);
});

test("a finger reaches farther than a mouse", () => {
  const points = new Points(COLUMNS, PROPS, NOTHING);
  assert.deepEqual(["mouse", "touch"].map((type) => points.pick(CAMERA, { x: 22, y: 0 }, type)), [-1, 1]);
});

test("points that a filter has faded are still there but are not picked", () => {
  const points = new Points(COLUMNS, { ...PROPS, visible_labels: [1] }, NOTHING);
  assert.equal(points.pick(CAMERA, { x: 0, y: 0 }, "mouse"), -1);
  assert.equal(points.pick(CAMERA, { x: 8, y: 0 }, "mouse"), 1);
  assert.deepEqual([0, 1, 2].filter((row) => points.isFull(row)), [1]);
  assert.deepEqual([points.nVisible, points.x.length], [1, 3]);
});

test("another colour and filter keep the places", () => {
  const points = new Points(COLUMNS, PROPS, NOTHING);
  const { x, y, grid } = points;
  const colour = { kind: "continuous", column: "gap_nats", label: "gap", limits: [1, 3], stops: [[0, "#000000"], [1, "#ffffff"]] };
  points.recolour(COLUMNS, { ...PROPS, colour, visible_labels: [0] });
  assert.ok(points.x === x && points.y === y && points.grid === grid);
  assert.deepEqual([...points.shades(colour).colours], [0, 0, 0, 255, 128, 128, 128, 0, 255, 255, 255, 255]);
  assert.equal(points.nVisible, 2);
});

test("what is not selected turns grey and can still be pointed at", () => {
  const points = new Points(COLUMNS, PROPS, NOTHING);
  assert.equal(points.shades(PROPS.colour).hasQuiet, false);
  points.choose(Uint8Array.of(0, 0, 1));
  assert.deepEqual([0, 1, 2].map((row) => points.isFull(row)), [false, false, true]);
  assert.equal(points.nSelected, 1);
  assert.equal(points.pick(CAMERA, { x: 0, y: 0 }, "mouse"), 0);
});

test("an example without a number has no place on a chart of that number", () => {
  const points = new Points({ ...COLUMNS, umap_y: Float32Array.of(0, NaN, 5) }, PROPS, NOTHING);
  assert.equal(points.placeOf(71), null);
  assert.deepEqual(points.placeOf(70), { x: 0, y: 0 });
});

test("examples are addressed by id, never by row", () => {
  const points = new Points(COLUMNS, PROPS, NOTHING);
  assert.deepEqual(points.placeOf(72), { x: 5, y: 5 });
  assert.equal(points.placeOf(2), null);
  assert.equal(points.placeOf(null), null);
});

test("dots are smaller in a crowd and larger up close, within reason", () => {
  assert.ok(markerSize(1e6, 1) < markerSize(1e4, 1));
  assert.ok(markerSize(1e4, 1) < markerSize(1e4, 10));
  assert.equal(markerSize(1e4, 0.2), markerSize(1e4, 1));
  assert.equal(markerSize(10, 1e6), 12);
  assert.ok(markerOpacity(1e6, 1) < markerOpacity(1e4, 1));
  assert.ok(markerOpacity(1e6, 50) > markerOpacity(1e6, 1));
});

test("labels and values are told in words", () => {
  assert.deepEqual([1, -1, 9].map((code) => labelName(code, ["Coat", "Bag"])), ["Bag", "no label", "label 9"]);
  const gap = { kind: "continuous", column: "gap_nats", label: "gap (nats)", limits: [0, 1], stops: [], note: "", digits: 2 };
  assert.equal(describeValue(-1.5, gap), "gap (nats) \u22121.50");
  assert.equal(describeValue(NaN, gap), "gap (nats) not available");
});

test("a point whose number is still to come says so", () => {
  const gap = { kind: "continuous", column: "gap_nats", label: "gap", limits: [0, 1], stops: [], note: "", digits: 2, missing: "no value so far" };
  assert.equal(describeValue(NaN, gap), "gap: no value so far");
  assert.equal(describeValue(0.5, gap), "gap 0.50");
});

test("a value that came along is told by its name, and none as none", () => {
  const site = { kind: "categorical", column: "site", label: "site", names: ["north", "south"], colours: ["#111111", "#222222"] };
  assert.deepEqual([0, 1, -1].map((code) => describeValue(code, site)), ["site: north", "site: south", "site: no value"]);
});
