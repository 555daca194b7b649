import assert from "node:assert/strict";
import { test } from "node:test";

import { combine, countOf, howOf, invert, pack, unpack } from "../../../explorer/ui/browser/selection.js";

/** The same numbers at every run. */
function random(seed) {
  let state = seed;
  return () => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32;
}

test("bits come back, whatever the number of examples", () => {
  const next = random(1);
  for (const n of [0, 1, 7, 8, 9, 1000, 300_000]) {
    const mask = Uint8Array.from({ length: n }, () => (next() < 0.3 ? 1 : 0));
    assert.deepEqual(unpack(pack(mask), n), mask);
  }
});

test("the packing is the page's: the lowest bit first, zeros at the end left out", () => {
  const mask = new Uint8Array(40);
  mask[0] = mask[9] = 1;
  assert.equal(pack(mask), btoa("\x01\x02"));
  assert.equal(pack(new Uint8Array(40)), "");
  assert.equal(countOf(unpack(btoa("\xff\xff"), 10)), 10);
});

test("combining is the algebra of sets", () => {
  const [a, b] = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 1, 0)];
  assert.deepEqual([...combine(a, b, "replace")], [1, 0, 1, 0]);
  assert.deepEqual([...combine(a, b, "add")], [1, 1, 1, 0]);
  assert.deepEqual([...combine(a, b, "remove")], [0, 1, 0, 0]);
  assert.deepEqual([...invert(a)], [0, 0, 1, 1]);
});

test("Shift adds and Alt takes away", () => {
  assert.equal(howOf({ shiftKey: false, altKey: false }), "replace");
  assert.equal(howOf({ shiftKey: true, altKey: false }), "add");
  assert.equal(howOf({ shiftKey: false, altKey: true }), "remove");
});
