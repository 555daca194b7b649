import assert from "node:assert/strict";
import { test } from "node:test";

import { channels } from "../../../../explorer/ui/map/points/theme.js";

test("a theme's colour is read however it is written", () => {
  assert.deepEqual(channels("#102030"), [16, 32, 48]);
  assert.deepEqual(channels("#fff"), [255, 255, 255]);
  assert.deepEqual(channels("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.deepEqual(channels(""), [128, 128, 128]);
});
