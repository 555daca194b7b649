import assert from "node:assert/strict";
import { test } from "node:test";

import { EchoGuard } from "../../../explorer/ui/map/echo_guard.js";

test("a fresh map takes what the page says", () => {
  assert.equal(new EchoGuard().takes(0, 0), true);
});

test("what the page says is old until it has heard of the last gesture", () => {
  const guard = new EchoGuard();
  guard.takes(0, 0);
  const n = guard.next(1000);
  assert.equal(guard.takes(0, 0), false);
  assert.equal(guard.takes(n - 1, 0), false);
  assert.equal(guard.takes(n, 0), true);
});

test("a change of the page's own wins over a gesture on its way", () => {
  const guard = new EchoGuard();
  guard.takes(0, 3);
  guard.next(1000);
  assert.equal(guard.takes(0, 4), true);
  assert.equal(guard.takes(0, 4), true);
});

test("gestures have rising numbers even within one millisecond", () => {
  const guard = new EchoGuard();
  assert.ok(guard.next(1000) < guard.next(1000));
  assert.ok(guard.next(999) < guard.next(2000.5));
});
