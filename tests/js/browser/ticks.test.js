import assert from "node:assert/strict";
import { test } from "node:test";

import { ticks } from "../../../explorer/ui/browser/ticks.js";

test("ticks are round, in the range, and as many as fit", () => {
  assert.deepEqual(ticks([-1, 1], 4), { values: [-1, -0.5, 0, 0.5, 1], digits: 1 });
  assert.deepEqual(ticks([0, 1000], 5), { values: [0, 200, 400, 600, 800, 1000], digits: 0 });
  for (const range of [[0.123, 0.1234], [-5e6, 3e6], [7, 7]]) {
    const { values } = ticks(range, 6);
    assert.ok(values.length <= 7 && values.every((value) => value >= range[0] - 1e-9 && value <= range[1] + 1e-9));
  }
});
