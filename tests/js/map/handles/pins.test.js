import assert from "node:assert/strict";
import { test } from "node:test";

import * as pins from "../../../../explorer/ui/map/handles/pins.js";

const NONE = { selected: null, pins: [] };
const ids = (state) => state.pins.map((pin) => pin.id);

test("a click on a point selects it, with one handle at its home", () => {
  const state = pins.select(7, { x: 1, y: 2 });
  assert.equal(state.selected, 7);
  assert.deepEqual(pins.withoutHomes(state.pins), [{ id: "a", base: 7, x: 1, y: 2, offset: [] }]);
});

test("further handles come at the path's end and leave the selection", () => {
  const state = pins.add(pins.add(pins.select(7, { x: 1, y: 2 }), 9, { x: 3, y: 4 }), null, { x: 5, y: 6 });
  assert.equal(state.selected, 7);
  assert.deepEqual(ids(state), ["a", "b", "c"]);
  assert.deepEqual(state.pins.map((pin) => pin.base), [7, 9, null]);
});

test("an id that became free is used again, others keep theirs", () => {
  let state = pins.add(pins.add(pins.select(7, { x: 0, y: 0 }), 8, { x: 1, y: 0 }), 9, { x: 2, y: 0 });
  state = pins.add(pins.remove(state, "b"), null, { x: 3, y: 0 });
  assert.deepEqual(ids(state), ["a", "c", "b"]);
});

test("there are ids beyond z", () => {
  let state = NONE;
  for (let i = 0; i < 30; i++) state = pins.add(state, null, { x: i, y: 0 });
  assert.equal(new Set(ids(state)).size, 30);
  assert.equal(ids(state)[26], "a1");
});

test("a free handle in an empty place stands alone and keeps the selection", () => {
  const state = pins.placeFree(pins.select(7, { x: 0, y: 0 }), { x: 5, y: 5 });
  assert.equal(state.selected, 7);
  assert.deepEqual(state.pins, [{ id: "a", base: null, x: 5, y: 5, offset: [], home: { x: 5, y: 5, offset: [] } }]);
});

test("a handle that was moved goes home exactly", () => {
  const start = pins.select(7, { x: 0.1, y: 0.2 });
  const moved = pins.move(start, "a", { x: 9, y: 9 });
  assert.equal(pins.isHome(moved.pins[0]), false);
  assert.deepEqual(pins.sendHome(moved, "a"), start);
});

test("a handle whose code is not its place's is away, and loses the difference at home", () => {
  const start = pins.select(7, { x: 0.1, y: 0.2 });
  const shifted = { ...start, pins: [{ ...start.pins[0], offset: [0, 1] }] };
  assert.equal(pins.isHome(shifted.pins[0]), false);
  assert.deepEqual(pins.move(shifted, "a", { x: 3, y: 3 }).pins[0].offset, [0, 1]);
  assert.deepEqual(pins.sendHome(shifted, "a"), start);
});

test("a waypoint comes where it was put in the order", () => {
  const path = pins.add(pins.add(pins.select(7, { x: 0, y: 0 }), 8, { x: 1, y: 0 }), 9, { x: 2, y: 0 });
  const state = pins.insert(path, { x: 0.5, y: 0 }, 0);
  assert.deepEqual(ids(state), ["a", "d", "b", "c"]);
  assert.equal(state.pins[1].base, null);
});

test("steps leave the state before them as it was", () => {
  const state = Object.freeze(pins.select(7, { x: 0, y: 0 }));
  Object.freeze(state.pins);
  Object.freeze(state.pins[0]);
  pins.move(state, "a", { x: 1, y: 1 });
  pins.remove(state, "a");
  pins.add(state, null, { x: 2, y: 2 });
  assert.deepEqual(state.pins.length, 1);
});

test("homes: the example's place; for a free handle where it was put; else where it is", () => {
  const known = pins.move(pins.placeFree(NONE, { x: 5, y: 5 }), "a", { x: 6, y: 6 }).pins;
  const handles = [
    { id: "a", base: null, x: 6, y: 6, offset: [] },
    { id: "b", base: 7, x: 8, y: 8, offset: [1] },
    { id: "c", base: 404, x: 9, y: 9, offset: [2] },
  ];
  const homed = pins.withHomes(handles, (id) => (id === 7 ? { x: 1, y: 1 } : null), known);
  assert.deepEqual(homed.map((pin) => pin.home), [
    { x: 5, y: 5, offset: [] },
    { x: 1, y: 1, offset: [] },
    { x: 9, y: 9, offset: [2] },
  ]);
});
