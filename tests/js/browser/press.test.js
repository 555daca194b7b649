import assert from "node:assert/strict";
import { test } from "node:test";

import { Press } from "../../../explorer/ui/browser/press.js";

test("a press that trembles is a click", () => {
  const press = new Press({ x: 100, y: 100 });
  for (const [x, y] of [[102, 101], [99, 98], [100, 103]]) assert.equal(press.move({ x, y }), null);
  assert.equal(press.isDrag, false);
});

test("a drag that comes back to where it began is no click", () => {
  const press = new Press({ x: 100, y: 100 });
  press.move({ x: 140, y: 100 });
  press.move({ x: 100, y: 100 });
  assert.equal(press.isDrag, true);
});

test("the first step of a drag holds all of the way so far, so that the hand keeps its grip", () => {
  const press = new Press({ x: 100, y: 100 });
  press.move({ x: 103, y: 100 });
  assert.deepEqual(press.move({ x: 110, y: 95 }), { x: 10, y: -5 });
  assert.deepEqual(press.move({ x: 111, y: 95 }), { x: 1, y: 0 });
});

test("a finger may tremble more than a mouse", () => {
  const move = (pointerType) => new Press({ x: 0, y: 0 }, pointerType).move({ x: 8, y: 0 });
  assert.equal(move("touch"), null);
  assert.deepEqual(move("mouse"), { x: 8, y: 0 });
});

test("two fingers are never a click", () => {
  const press = new Press({ x: 0, y: 0 }, "touch");
  press.spoil();
  assert.equal(press.isDrag, true);
});
