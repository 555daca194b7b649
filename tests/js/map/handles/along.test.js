import assert from "node:assert/strict";
import { test } from "node:test";

import { between } from "../../../../explorer/ui/map/handles/along.js";

test("a waypoint goes between the handles whose stretch of the path it lies on", () => {
  const anchors = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 100 }];
  assert.deepEqual(between(anchors, anchors, { x: 40, y: 6 }), { after: 0, place: { x: 40, y: 0 } });
  assert.deepEqual(between(anchors, anchors, { x: 95, y: 70 }), { after: 1, place: { x: 100, y: 70 } });
  assert.equal(between(anchors, anchors, { x: 40, y: 30 }), null);
});
