import assert from "node:assert/strict";
import { test } from "node:test";

import { toggled } from "../../../../explorer/ui/map/words/legend.js";

test("a press on the legend turns one label on or off, or shows it alone", () => {
  const codes = [0, 1, 2];
  assert.deepEqual(toggled(codes, null, 1, false), [0, 2]);
  assert.deepEqual(toggled(codes, new Set([0, 2]), 1, false), []);
  assert.deepEqual(toggled(codes, new Set([0]), 0, false), []);
  assert.deepEqual(toggled(codes, null, 2, true), [2]);
});
