import assert from "node:assert/strict";
import { test } from "node:test";

import { between } from "../../../explorer/ui/map/handles/along.js";
import { ticks } from "../../../explorer/ui/map/points/axes.js";
import { Ids } from "../../../explorer/ui/map/points/ids.js";
import { isWriting, meaning } from "../../../explorer/ui/map/tools/keys.js";
import { ellipseOf } from "../../../explorer/ui/map/points/layers.js";
import { toggled } from "../../../explorer/ui/map/words/legend.js";
import { medoids } from "../../../explorer/ui/map/points/medoids.js";

const KEY = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("ticks are round, in the range, and as many as fit", () => {
  assert.deepEqual(ticks([-1, 1], 4), { values: [-1, -0.5, 0, 0.5, 1], digits: 1 });
  assert.deepEqual(ticks([0, 1000], 5), { values: [0, 200, 400, 600, 800, 1000], digits: 0 });
  for (const range of [[0.123, 0.1234], [-5e6, 3e6], [7, 7]]) {
    const { values } = ticks(range, 6);
    assert.ok(values.length <= 7 && values.every((value) => value >= range[0] - 1e-9 && value <= range[1] + 1e-9));
  }
});

test("an id leads to its row, in order or not", () => {
  for (const ids of [Int32Array.of(3, 5, 9), Int32Array.of(9, 3, 5)]) {
    const found = new Ids(ids);
    ids.forEach((id, row) => assert.equal(found.rowOf(id), row));
    assert.equal(found.rowOf(4), -1);
    assert.equal(found.rowOf(10), -1);
    assert.equal(found.at(1), ids[1]);
  }
  assert.equal(new Ids(Int32Array.of()).rowOf(0), -1);
});

test("keys have one meaning, with and without modifiers", () => {
  assert.deepEqual(meaning({ ...KEY, key: "l" }), { tool: "lasso" });
  assert.deepEqual(meaning({ ...KEY, key: "z", ctrlKey: true }), { action: "undo" });
  assert.deepEqual(meaning({ ...KEY, key: "Z", metaKey: true, shiftKey: true }), { action: "redo" });
  assert.deepEqual(meaning({ ...KEY, key: "z" }), { tool: "zoom" });
  assert.deepEqual(meaning({ ...KEY, key: "?", shiftKey: true }), { action: "keys" });
  assert.deepEqual(meaning({ ...KEY, key: "Escape" }), { action: "escape" });
  for (const key of ["x", "Enter", "ArrowLeft"]) assert.equal(meaning({ ...KEY, key }), null);
  assert.equal(meaning({ ...KEY, key: "l", altKey: true }), null);
  assert.equal(meaning({ ...KEY, key: "c", ctrlKey: true }), null);
});

test("nobody's writing is taken for keys of the map", () => {
  globalThis.Element = class {
    constructor(writes) {
      this.writes = writes;
    }
    closest() {
      return this.writes ? this : null;
    }
  };
  assert.equal(isWriting({ composedPath: () => [new Element(true)] }), true);
  assert.equal(isWriting({ composedPath: () => [new Element(false)] }), false);
  delete globalThis.Element;
});

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

test("a press on the legend turns one label on or off, or shows it alone", () => {
  const codes = [0, 1, 2];
  assert.deepEqual(toggled(codes, null, 1, false), [0, 2]);
  assert.deepEqual(toggled(codes, new Set([0, 2]), 1, false), []);
  assert.deepEqual(toggled(codes, new Set([0]), 0, false), []);
  assert.deepEqual(toggled(codes, null, 2, true), [2]);
});

test("a cluster's name stands at its medoid, whatever lies far out", () => {
  const x = [0, 1, 2, 3, 4, 100, 7, 2.2, 1.8];
  const y = [0, 0, 0, 0, 0, 0, 7, 1, -1];
  const labels = [0, 0, 0, 0, 0, 0, 1, 0, 0];
  assert.deepEqual(medoids({ x, y, labels }, 3), [
    { code: 0, row: 2 },
    { code: 1, row: 6 },
  ]);
});

test("examples that are not placed, or have no label, name no cluster", () => {
  assert.deepEqual(medoids({ x: [NaN, 1], y: [0, 1], labels: [0, -1] }, 1), []);
});

test("a waypoint goes between the handles whose stretch of the path it lies on", () => {
  const anchors = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 100 }];
  assert.deepEqual(between(anchors, anchors, { x: 40, y: 6 }), { after: 0, place: { x: 40, y: 0 } });
  assert.deepEqual(between(anchors, anchors, { x: 95, y: 70 }), { after: 1, place: { x: 100, y: 70 } });
  assert.equal(between(anchors, anchors, { x: 40, y: 30 }), null);
});
