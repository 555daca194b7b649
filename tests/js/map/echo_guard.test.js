import assert from "node:assert/strict";
import { test } from "node:test";

import { Turn } from "../../../explorer/ui/map/echo_guard.js";

test("a fresh map takes what the page says", () => {
  assert.equal(new Turn().takes(0, 0), true);
});

test("what the page says is old until it has heard of the last gesture", () => {
  const turn = new Turn();
  turn.takes(0, 0);
  const n = turn.next(1000);
  assert.equal(turn.takes(0, 0), false);
  assert.equal(turn.takes(n - 1, 0), false);
  assert.equal(turn.takes(n, 0), true);
});

test("a change of the page's own wins over a gesture on its way", () => {
  const turn = new Turn();
  turn.takes(0, 3);
  turn.next(1000);
  assert.equal(turn.takes(0, 4), true);
  assert.equal(turn.takes(0, 4), true);
});

test("gestures have rising numbers even within one millisecond", () => {
  const turn = new Turn();
  assert.ok(turn.next(1000) < turn.next(1000));
  assert.ok(turn.next(999) < turn.next(2000.5));
});
