import assert from "node:assert/strict";
import { test } from "node:test";

import { medoids } from "../../../../explorer/ui/map/points/medoids.js";

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
