import assert from "node:assert/strict";
import { test } from "node:test";

import { tileOf } from "../../../../explorer/ui/browser/live/thumbnails.js";

const THUMBNAILS = { tile: [28, 20], columns: 32, rows: 32 };

test("a row has its tile on its page", () => {
  assert.deepEqual(tileOf(0, THUMBNAILS), { page: 0, left: 0, top: 0 });
  assert.deepEqual(tileOf(33, THUMBNAILS), { page: 0, left: 20, top: 28 });
  assert.deepEqual(tileOf(1024 + 31, THUMBNAILS), { page: 1, left: 620, top: 0 });
});
